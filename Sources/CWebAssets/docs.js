// SPDX-License-Identifier: Apache-2.0

// Shows the server's OpenAPI document: to try at /docs, to read at /redoc. Strings of the document and of answers reach
// the page as text only, never as HTML.

const isTrying = document.documentElement.dataset.mode === "try";
// Everything is beside this page, which is /docs and not /docs/.
if (location.pathname.endsWith("/")) history.replaceState(null, "", location.pathname.slice(0, -1) + location.hash);
// Beside this page, so that it also works behind a proxy that adds a prefix to every path.
const documentURL = new URL("openapi.json", location.href);
// Longer answers are shown in part: a browser lays out megabytes of text for seconds.
const longestAnswer = 200_000;

let api;
// Of this page's memory only: it is gone when the page is.
const credentials = { scheme: null, key: "" };
let language = "curl";
// Told when the key or the language of the snippets changes.
const changes = new EventTarget();

// --- Elements ---

/** A new element; `on…` attributes are listeners, false and missing ones are left out, strings become text. */
function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return node;
}

/** A line of a description; what stands in backticks is code. */
const line = (text) => text.split("`").map((part, index) => (index % 2 ? element("code", {}, part) : part));

const prose = (text) =>
  (text ?? "").split("\n\n").filter(Boolean).map((paragraph) => element("p", {}, line(paragraph)));

function methodBadge(method) {
  return element("span", { class: `method ${method}` }, method.toUpperCase());
}

function copyButton(source) {
  const button = element("button", { type: "button", class: "copy" }, "Copy");
  button.addEventListener("click", async () => {
    button.textContent = (await copy(source)) ? "Copied" : "Press Ctrl-C";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  return button;
}

/** Copies the text of an element, or at least selects it: browsers have no clipboard for pages of plain HTTP. */
async function copy(node) {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(node.textContent);
      return true;
    } catch { /* Not allowed; the older way may be. */ }
  }
  getSelection().selectAllChildren(node);
  return document.execCommand("copy");
}

// --- The document ---

/** What a reference stands for, with the members beside the reference; other values as they are. */
function resolve(value) {
  if (value === null || typeof value !== "object" || !("$ref" in value)) return value;
  const { $ref: reference, ...beside } = value;
  const target = reference.slice(2).split("/").reduce(
    (node, step) => node?.[step.replaceAll("~1", "/").replaceAll("~0", "~")], api);
  const resolved = resolve(target);
  return typeof resolved === "object" ? { ...resolved, ...beside } : resolved;
}

/** All operations in the document's order. */
function operations() {
  const methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
  return Object.entries(api.paths).flatMap(([path, item]) =>
    methods.filter((method) => item[method]).map((method) => ({
      path, method, ...item[method],
      parameters: [...(item.parameters ?? []), ...(item[method].parameters ?? [])].map(resolve),
    })));
}

/** The media types of a body or an answer: `[[type, media]]`. */
const contents = (holder) => Object.entries(resolve(holder)?.content ?? {});

/** The examples of a media type: `[{label, value}]`. */
function examples(media) {
  const named = Object.entries(media.examples ?? {}).map(([name, example]) => {
    const { summary, value } = resolve(example);
    return { label: summary ?? name, value };
  });
  return named.length || media.example === undefined ? named : [{ label: "Example", value: media.example }];
}

/** JSON with a vector on one line instead of hundreds, and short objects inside others on one line each. */
function pretty(value, indent = "") {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const isList = Array.isArray(value);
  const parts = Object.entries(value);
  if (parts.length === 0) return isList ? "[]" : "{}";
  if (isList && value.every((part) => part === null || typeof part !== "object")) {
    return `[${value.map((part) => JSON.stringify(part)).join(", ")}]`;
  }
  const inner = indent + "  ";
  const lines = parts.map(([name, part]) => inner + (isList ? "" : `${JSON.stringify(name)}: `) + pretty(part, inner));
  const isFlat = !isList && parts.every(([, part]) => part === null || typeof part !== "object");
  const short = `{ ${lines.map((line) => line.trim()).join(", ")} }`;
  if (isFlat && indent && short.length <= 80) return short;
  return `${isList ? "[" : "{"}\n${lines.join(",\n")}\n${indent}${isList ? "]" : "}"}`;
}

const shown = (value) => (typeof value === "string" ? value : pretty(value));

// --- Schemas ---

const alternatives = (schema) => schema.oneOf ?? schema.anyOf ?? null;

/** A few words: "array of strings, 1 to 100 items, each at least 1 character", "integer or null, at least 1". */
function kind(unresolved) {
  const schema = resolve(unresolved);
  if (schema === true) return "anything";
  if ("const" in schema) return `always ${JSON.stringify(schema.const)}`;
  if (schema.enum) return `one of ${schema.enum.map((value) => JSON.stringify(value)).join(", ")}`;
  const choices = alternatives(schema);
  if (choices) return `one of ${choices.length} forms`;
  const items = schema.items && resolve(schema.items);
  const limitsOfItems = items ? limits(items).map((limit) => `each ${limit}`) : [];
  return [typeWords(schema), ...limits(schema), ...limitsOfItems].join(", ");
}

function typeWords(schema, plural = "") {
  const types = [schema.type ?? (alternatives(schema) ? "value" : "anything")].flat().map((type) =>
    (type === "null" || type === "anything" ? type : type + plural));
  const words = types.join(" or ");
  return schema.items ? words.replace("array" + plural, `$& of ${typeWords(resolve(schema.items), "s")}`) : words;
}

function limits(schema) {
  const range = (least, most, unit = "") => {
    const count = (number) => number + (unit && ` ${unit}${number === 1 ? "" : "s"}`);
    if (least != null && most != null) return least === most ? count(least) : `${least} to ${count(most)}`;
    if (least != null) return `at least ${count(least)}`;
    return most != null ? `at most ${count(most)}` : null;
  };
  return [
    range(schema.minimum, schema.maximum),
    range(schema.minLength, schema.maxLength, "character"),
    range(schema.minItems, schema.maxItems, "item"),
    schema.pattern && `matching ${schema.pattern}`,
    schema.contentEncoding && `in ${schema.contentEncoding}`,
    schema.default !== undefined && `${JSON.stringify(schema.default)} by default`,
  ].filter(Boolean);
}

/** What a schema has inside: an object's members, a list's elements or the alternatives; `null` for a plain one. */
function inside(unresolved, depth = 0) {
  const schema = resolve(unresolved);
  // Schemas may contain themselves.
  if (schema === null || typeof schema !== "object" || depth > 8) return null;
  const choices = alternatives(schema);
  if (choices) {
    return element("div", { class: "choices" }, choices.map((choice, index) => {
      const { title, description } = resolve(choice);
      const content = inside(choice, depth + 1);
      const label = [title ?? `Form ${index + 1}`, element("span", { class: "kind" }, ` ${kind(choice)}`)];
      if (!content) return element("div", {}, label, prose(description));
      return element("details", { class: "more", open: depth === 0 }, element("summary", {}, label),
        prose(description), content);
    }));
  }
  if (schema.properties) {
    const members = Object.entries(schema.properties).filter(([, member]) => member !== false);
    return element("ul", { class: "members" }, members.map(([name, member]) =>
      memberRow(name, member, schema.required?.includes(name), depth)));
  }
  return schema.items ? inside(schema.items, depth + 1) : null;
}

function memberRow(name, member, isRequired, depth) {
  const content = inside(member, depth + 1);
  return element("li", {},
    element("span", { class: "name" }, name), " ", element("span", { class: "kind" }, kind(member)),
    isRequired && element("span", { class: "required" }, " required"),
    prose(resolve(member).description),
    content && element("details", { class: "more", open: depth < 1 }, element("summary", {}, "Inside"), content));
}

// --- Snippets ---

/** For a POSIX shell: nothing inside single quotes means anything but a single quote. */
const shellQuoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** A JSON value as Python writes it. */
function pythonLiteral(value) {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(", ")}]`;
  if (typeof value !== "object") return JSON.stringify(value);
  const members = Object.entries(value).map(([name, part]) => `${JSON.stringify(name)}: ${pythonLiteral(part)}`);
  return `{${members.join(", ")}}`;
}

/** The header field of the chosen scheme, with `key` in its place. */
function keyHeader(key) {
  const scheme = api.components?.securitySchemes?.[credentials.scheme];
  if (!scheme) return null;
  return scheme.type === "http" ? ["Authorization", `Bearer ${key}`] : [scheme.name, key];
}

const needsKey = (operation) => (operation.security ?? api.security ?? []).some((way) => Object.keys(way).length > 0);

// Snippets name the variable that holds the key; they are made to be pasted where others read.
const snippets = {
  curl({ method, url, body, isKeyed }) {
    const header = isKeyed && keyHeader("$EMBEDDER_API_KEY");
    return [
      `curl ${method === "POST" && body == null ? "-X POST " : ""}${shellQuoted(url)}`,
      header && `-H "${header[0]}: ${header[1]}"`,
      body != null && "-H 'Content-Type: application/json'",
      body != null && `-d ${shellQuoted(body)}`,
    ].filter(Boolean).join(" \\\n  ");
  },

  Python({ method, url, body, isKeyed, isJSON }) {
    const key = isKeyed && keyHeader("");
    const headers = [
      body != null && '"Content-Type": "application/json"',
      key && `${JSON.stringify(key[0])}: ${key[1] ? `${JSON.stringify(key[1])} + ` : ""}os.environ["EMBEDDER_API_KEY"]`,
    ].filter(Boolean);
    let data = null;
    if (body != null) {
      try {
        data = `json.dumps(${pythonLiteral(JSON.parse(body))}).encode()`;
      } catch {
        data = `${JSON.stringify(body)}.encode()`;
      }
    }
    const lines = [
      (data || isJSON) && "import json",
      key && "import os",
      "import urllib.request\n",
      "request = urllib.request.Request(",
      `    ${JSON.stringify(url)},`,
      data && `    data=${data},`,
      headers.length > 0 && `    headers={${headers.join(", ")}},`,
      method === "POST" && data == null && '    method="POST",',
      ")",
      "with urllib.request.urlopen(request) as response:",
      isJSON ? "    print(json.load(response))" : "    print(response.read().decode())",
    ];
    return lines.filter(Boolean).join("\n");
  },
};

/** A panel with the request in the chosen language; `request` gives it as it stands now. */
function snippetPanel(request) {
  const code = element("pre", { tabindex: 0, "aria-label": "Request to copy" });
  const buttons = Object.keys(snippets).map((name) => element("button", {
    type: "button",
    onclick() {
      language = name;
      changes.dispatchEvent(new Event("change"));
    },
  }, name));
  const update = () => {
    for (const button of buttons) button.setAttribute("aria-pressed", button.textContent === language);
    code.textContent = snippets[language](request());
  };
  changes.addEventListener("change", update);
  update();
  const panel = element("div", { class: "panel" }, element("div", { class: "row" }, buttons, copyButton(code)), code);
  return { panel, update };
}

// --- An operation ---

/** The request an operation's form describes: editable at /docs, the first example at /redoc. */
function requestEditor(operation) {
  const [, media] = contents(operation.requestBody)[0] ?? [];
  const choices = media ? examples(media) : [];
  const answers = Object.entries(operation.responses).filter(([status]) => status.startsWith("2"));
  const isJSON = !answers.some(([, answer]) => contents(answer).some(([type]) => !type.includes("json")));
  const fields = operation.parameters.map((parameter) => ({
    parameter,
    input: element("input", {
      id: `${operation.operationId}-${parameter.name}`, required: parameter.required,
      value: parameter.required ? parameter.example : null, placeholder: parameter.required ? null : parameter.example,
      spellcheck: "false", oninput: () => snippet.update(),
    }),
  }));
  const body = media && element("textarea", {
    "aria-label": "Body", spellcheck: "false", autocapitalize: "off", rows: 6, oninput: () => snippet.update(),
  });
  const show = (index) => {
    if (!body) return;
    body.value = shown(choices[index]?.value ?? {});
    body.rows = Math.min(18, body.value.split("\n").length + 1);
  };

  const request = () => {
    const url = new URL(operation.path.slice(1), documentURL);
    for (const { parameter, input } of fields) {
      if (parameter.in === "query" && input.value !== "") url.searchParams.set(parameter.name, input.value);
    }
    return {
      method: operation.method.toUpperCase(), url: url.href, body: body ? compact(body.value) : null,
      isKeyed: credentials.key !== "" && needsKey(operation), isJSON,
    };
  };
  show(0);
  const snippet = snippetPanel(request);

  const chooser = choices.length > 1 && element("select", {
    "aria-label": "Example",
    onchange(event) {
      show(event.target.selectedIndex);
      snippet.update();
    },
  }, choices.map(({ label }) => element("option", {}, label)));
  return { request, fields, body, chooser, snippet };
}

/** Without the line breaks that make it readable here; what isn't JSON is left as it is. */
function compact(text) {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}

/** The form that sends a request to this server, and shows the answer. */
function tryForm(operation) {
  const { request, fields, body, chooser, snippet } = requestEditor(operation);
  const button = element("button", { class: "send" }, "Send");
  const answer = element("div", { "aria-live": "polite" });
  const form = element("form", {
    async onsubmit(event) {
      event.preventDefault();
      button.disabled = true;
      answer.replaceChildren(await send(request(), body?.value));
      button.disabled = false;
      button.focus();
    },
    onkeydown(event) {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    },
  },
    fields.map(({ parameter, input }) => element("div", { class: "row" },
      element("label", { for: input.id, class: "name" }, parameter.name), input)),
    chooser && element("div", { class: "row" }, chooser),
    body,
    element("div", { class: "row" }, button, body && element("span", { class: "kind" }, "Ctrl-Enter sends too")));
  return [element("h4", {}, "Try it"), form, answer, element("h4", {}, "The same elsewhere"), snippet.panel];
}

/** Sends the body as it was typed, so that a faulty one can be tried too; answers with what to show. */
async function send({ method, url, isKeyed }, body) {
  const headers = new Headers();
  if (body != null) headers.set("Content-Type", "application/json");
  const start = performance.now();
  try {
    if (isKeyed) headers.set(...keyHeader(credentials.key));
    const response = await fetch(url, { method, headers, body, cache: "no-store", credentials: "omit" });
    const text = await response.text();
    return answerPanel(response, text, performance.now() - start);
  } catch (error) {
    return element("div", { class: "panel" },
      element("span", { class: "status bad" }, "No answer"), ` ${error.message}`);
  }
}

function answerPanel(response, text, milliseconds) {
  const isJSON = response.headers.get("content-type")?.includes("json");
  let formatted = text;
  if (isJSON) {
    try {
      formatted = pretty(JSON.parse(text));
    } catch { /* Shown as it came. */ }
  }
  const bytes = new TextEncoder().encode(text).length;
  const code = element("pre", { tabindex: 0, "aria-label": "Body of the answer" }, formatted.slice(0, longestAnswer));
  const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  return element("div", { class: "panel" },
    element("div", { class: "row" },
      element("span", { class: response.ok ? "status" : "status bad" }, `${response.status} ${response.statusText}`),
      element("span", { class: "kind" }, `${milliseconds.toFixed(0)} ms, ${bytes.toLocaleString("en")} bytes`),
      copyButton(code)),
    code,
    formatted.length > longestAnswer && element("p", { class: "kind" }, "… and more than is shown here."),
    element("details", { class: "more" }, element("summary", {}, "Headers"), element("pre", {}, headers)));
}

/** Examples of a body or an answer, one at a time. */
function examplePanel(title, media) {
  const choices = examples(media);
  if (choices.length === 0) return null;
  const code = element("pre", { tabindex: 0, "aria-label": title }, shown(choices[0].value));
  const chooser = choices.length > 1 && element("select", {
    "aria-label": `Example: ${title}`,
    onchange(event) {
      code.textContent = shown(choices[event.target.selectedIndex].value);
    },
  }, choices.map(({ label }) => element("option", {}, label)));
  return element("div", { class: "panel" },
    element("div", { class: "row" }, element("h4", {}, title), chooser, copyButton(code)), code);
}

function readExamples(operation) {
  const { chooser, snippet, body } = requestEditor(operation);
  const answers = Object.entries(operation.responses).flatMap(([status, answer]) =>
    contents(answer).slice(0, 1).map(([, media]) => ({ status, media })));
  const good = answers.filter(({ status }) => status.startsWith("2"));
  return [
    body && chooser && element("div", { class: "row" }, chooser),
    snippet.panel,
    (good.length ? good : answers.slice(-1)).map(({ status, media }) => examplePanel(`Answer ${status}`, media)),
  ];
}

function responseRow(status, unresolved) {
  const answer = resolve(unresolved);
  const headers = Object.entries(answer.headers ?? {});
  const isGood = status < "4";
  const summary = element("summary", {}, element("span", { class: isGood ? "status" : "status bad" }, status),
    " ", line(answer.description));
  const details = element("details", { class: "response" }, summary);
  // Built when looked at: most never are.
  details.addEventListener("toggle", () => {
    details.append(...[
      contents(answer).map(([type, media]) => [
        element("p", { class: "kind" }, `${type}: ${kind(media.schema)}`), inside(media.schema),
        !isGood && examplePanel("Example", media),
      ]),
      headers.length > 0 && [element("h4", {}, "Headers"), element("ul", { class: "members" },
        headers.map(([name, header]) => {
          const { schema, description } = resolve(header);
          return memberRow(name, { ...resolve(schema), description }, false, 1);
        }))],
    ].flat(3).filter(Boolean));
  }, { once: true });
  return details;
}

/** What there is to know about an operation, and beside it what to try or to copy. */
function operationBody(operation) {
  const [type, media] = contents(operation.requestBody)[0] ?? [];
  const introduction = [
    prose(operation.description),
    element("p", { class: "quiet" },
      needsKey(operation) ? "Needs a key when the server has keys." : "Needs no key."),
  ];
  const description = element("div", {},
    !isTrying && introduction,
    operation.parameters.length > 0 && [element("h4", {}, "Parameters"), element("ul", { class: "members" },
      operation.parameters.map((parameter) =>
        memberRow(parameter.name, { ...resolve(parameter.schema), description: parameter.description },
          parameter.required, 1)))],
    media && [element("h4", {}, `Body, ${type}`), alternatives(resolve(media.schema)) &&
      element("p", { class: "kind" }, kind(media.schema)), inside(media.schema)],
    element("h4", {}, "Answers"),
    Object.entries(operation.responses).map(([status, answer]) => responseRow(status, answer)));
  const beside = element("div", {}, isTrying ? [introduction, tryForm(operation)] : readExamples(operation));
  // What one came for stands first: at /docs the form, at /redoc the words.
  return element("div", { class: "columns" }, isTrying ? [beside, description] : [description, beside]);
}

function operationSection(operation) {
  const heading = [methodBadge(operation.method), element("span", { class: "path" }, operation.path)];
  if (!isTrying) {
    return element("section", { class: "operation", id: operation.operationId },
      element("h3", { class: "heading" }, heading), element("p", {}, element("strong", {}, operation.summary)),
      operationBody(operation));
  }
  const details = element("details", { class: "operation", id: operation.operationId },
    element("summary", {}, heading, element("span", { class: "quiet" }, operation.summary)));
  details.addEventListener("toggle", () => details.append(operationBody(operation)), { once: true });
  return details;
}

// --- The page ---

/** The three ways to send a key, and the field for it. */
function keyForm() {
  const schemes = Object.entries(api.components?.securitySchemes ?? {});
  if (!isTrying || schemes.length === 0) return;
  credentials.scheme = schemes[0][0];
  const changed = () => changes.dispatchEvent(new Event("change"));
  const form = document.getElementById("key");
  form.addEventListener("submit", (event) => event.preventDefault());
  form.append(
    element("label", { for: "key-field" }, "Key"),
    element("input", {
      id: "key-field", type: "password", autocomplete: "off", placeholder: "if the server has keys", size: 22,
      oninput(event) {
        credentials.key = event.target.value;
        changed();
      },
    }),
    element("select", {
      "aria-label": "How the key is sent",
      onchange(event) {
        credentials.scheme = schemes[event.target.selectedIndex][0];
        changed();
      },
    }, schemes.map(([, { type, name }]) => element("option", {}, type === "http" ? "Authorization: Bearer" : name))));
}

/** Links to every operation; one that belongs to several tags stands under each of them. */
function routeList(all) {
  return api.tags.map((tag) => [
    element("h2", {}, tag.name),
    element("ul", {}, all.filter(({ tags }) => tags.includes(tag.name)).map((operation) =>
      element("li", {}, element("a", { href: `#${operation.operationId}` },
        methodBadge(operation.method), element("span", { class: "path" }, operation.path))))),
  ]).flat();
}

/** Marks the link of what is being read. */
function followReading() {
  const links = [...document.querySelectorAll("#routes a")];
  const observer = new IntersectionObserver((entries) => {
    const visible = entries.find((entry) => entry.isIntersecting);
    if (!visible) return;
    for (const link of links) {
      if (link.hash === `#${visible.target.id}`) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }, { rootMargin: "-10% 0px -80% 0px" });
  for (const section of document.querySelectorAll("section.operation")) observer.observe(section);
}

function openLinked() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (!target) return;
  if (target.matches("details")) target.open = true;
  target.scrollIntoView();
}

function build() {
  const all = operations();
  const main = document.getElementById("content");
  const links = document.querySelectorAll("header nav a");
  links[isTrying ? 0 : 1].setAttribute("aria-current", "page");
  keyForm();
  main.append(element("p", {}, api.info.summary), ...prose(api.info.description));
  for (const tag of api.tags) {
    main.append(element("h2", {}, tag.name), ...prose(tag.description));
    for (const operation of all) {
      if (operation.tags[0] === tag.name) main.append(operationSection(operation));
      else if (operation.tags.includes(tag.name)) {
        main.append(element("p", { class: "quiet" }, "Also: ", element("a", { href: `#${operation.operationId}` },
          `${operation.method.toUpperCase()} ${operation.path}`)));
      }
    }
  }
  if (!isTrying) {
    document.getElementById("routes").append(...routeList(all));
    followReading();
  }
  addEventListener("hashchange", openLinked);
  openLinked();
}

if (!isTrying) document.documentElement.classList.add("read");
try {
  const response = await fetch(documentURL);
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
  api = await response.json();
  build();
} catch (error) {
  document.getElementById("content").append(element("p", {}, `openapi.json could not be shown: ${error.message}`));
}
