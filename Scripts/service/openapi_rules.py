# SPDX-License-Identifier: Apache-2.0
"""The house's rules for an OpenAPI document, beside those of the specification.

Every operation can be found, understood and tried: it has a tag, an id, a summary, a description, statuses for
mistakes, and examples that its own schemas accept. Nothing is left over, and nothing points outside.
"""

import json
import re
import sys

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
DOCUMENT = "urn:document"


class Rules:
    def __init__(self, document):
        self.document = document
        self.problems = []
        resource = Resource(contents=document, specification=DRAFT202012)
        self.registry = Registry().with_resource(DOCUMENT, resource)

    def problem(self, place, text):
        self.problems.append(f"{place}: {text}")

    def resolve(self, value):
        while "$ref" in value:
            reference = value["$ref"]
            value = self.document
            for step in reference.removeprefix("#/").split("/"):
                value = value[step.replace("~1", "/").replace("~0", "~")]
        return value

    def check_value(self, place, value, schema):
        absolute = json.loads(json.dumps(schema).replace('"#/', f'"{DOCUMENT}#/'))
        for error in Draft202012Validator(absolute, registry=self.registry).iter_errors(value):
            self.problem(place, f"the example is not what its schema says: {error.message[:200]} at {error.json_path}")

    def check_media(self, place, media):
        values = [self.resolve(example)["value"] for example in media.get("examples", {}).values()]
        if "example" in media:
            values.append(media["example"])
        if not values:
            self.problem(place, "no example")
        for value in values:
            self.check_value(place, value, media["schema"])

    def check_operation(self, place, operation):
        for member in ("operationId", "summary", "description", "tags"):
            if not operation.get(member):
                self.problem(place, f"no {member}")
        if len(operation.get("summary", "")) > 60 or operation.get("summary", "").endswith("."):
            self.problem(place, "the summary is a title: at most 60 characters, no full stop")
        if not operation.get("description", "").endswith("."):
            self.problem(place, "the description is not made of sentences")
        for parameter in map(self.resolve, operation.get("parameters", [])):
            if "example" not in parameter or "description" not in parameter:
                self.problem(place, f"parameter {parameter['name']} has no example or no description")
            else:
                self.check_value(place, parameter["example"], parameter["schema"])
        if "requestBody" in operation:
            for media in self.resolve(operation["requestBody"])["content"].values():
                self.check_media(f"{place} body", media)
        if not any(status.startswith("4") for status in operation["responses"]):
            self.problem(place, "no status for mistakes of the client")
        for status, response in operation["responses"].items():
            for media in self.resolve(response).get("content", {}).values():
                self.check_media(f"{place} {status}", media)

    def check(self):
        ids, tags = [], set()
        for path, item in self.document["paths"].items():
            for method in METHODS:
                if method in item:
                    self.check_operation(f"{method.upper()} {path}", item[method])
                    ids.append(item[method].get("operationId"))
                    tags.update(item[method].get("tags", []))
        for name in {name for name in ids if ids.count(name) > 1}:
            self.problem(name, "several operations have this id")
        declared = {tag["name"] for tag in self.document["tags"] if tag.get("description")}
        for name in tags ^ declared:
            self.problem(name, "tags are declared with a description, and used")
        text = json.dumps(self.document)
        for kind, components in self.document["components"].items():
            for name in components:
                used = f'"#/components/{kind}/{name}"' in text or kind == "securitySchemes"
                if not used:
                    self.problem(f"{kind}/{name}", "nothing refers to it")
        for url in re.findall(r"https?://[^\"\s]*", text):
            self.problem(url, "points outside")
        return self.problems


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        problems = Rules(json.load(file)).check()
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
