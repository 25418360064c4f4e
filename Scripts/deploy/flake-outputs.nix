# SPDX-License-Identifier: Apache-2.0
#
# Every output of a flake.nix, evaluated with stand-ins for its inputs: nothing is fetched, built, or written to a
# store.
#
#   nix-instantiate --eval --strict --json \
#     --expr 'import ./flake-outputs.nix { flake = DIRECTORY; store = "/nix/store"; }'
#
# The stand-in for Nixpkgs has the names that the flake may use, with the arguments and the outputs that they have
# there. A name that Nixpkgs has and this file lacks is added here, after looking it up.
{ flake, store }:
let
  inherit (builtins) all attrNames concatStringsSep deepSeq isAttrs isBool isFunction isList isString mapAttrs;

  only = allowed: what: attributes:
    let unknown = attrNames (removeAttrs attributes allowed); in
    if unknown == [ ] then attributes else throw "${what} has no ${concatStringsSep ", " unknown}";

  # The path `name` in the store, with the outputs given, each of which is a path of its own.
  result = name: outputs: rec {
    type = "derivation";
    inherit name;
    outPath = "${store}/${name}";
  } // builtins.listToAttrs (map (output: { name = output; value = result "${name}-${output}" [ ]; }) outputs);

  # A package: `arguments` are those of the function that `override` calls.
  package = name: outputs: arguments: result name outputs // {
    override = changes: deepSeq (only arguments "${name}.override" changes) (package name outputs arguments);
    overrideAttrs = changes:
      let old = { pname = name; }; in
      deepSeq (if isFunction changes then changes old else changes) (package name outputs arguments);
  };

  # What would be built: its scripts are kept, so that they can be tried.
  built = name: scripts: deepSeq scripts (result name [ ] // { inherit scripts; });

  checked = what: right: value: if right value then value else throw "${what} is something else";
  strings = value: isList value && all isString value;
  # Only what may be interpolated: paths and packages.
  paths = map (path: "${path}");

  packages = {
    binutils = package "binutils" [ ] [ ];
    curl = package "curl" [ "bin" "dev" ] [ ];
    gcc = package "gcc-wrapper" [ ] [ ] // { cc = package "gcc" [ "lib" ] [ ]; };
    giflib = package "giflib" [ ] [ ];
    git = package "git" [ ] [ ];
    glibc = package "glibc" [ "bin" "dev" "static" ] [ ];
    gnumake = package "gnumake" [ ] [ ];
    libedit = package "libedit" [ "dev" ] [ ];
    libjpeg_turbo = package "libjpeg-turbo" [ "bin" "dev" ] [ "enableStatic" "enableShared" ];
    libpng = package "libpng" [ "dev" ] [ ];
    libuuid = package "libuuid" [ "dev" "lib" ] [ ];
    libwebp = package "libwebp" [ ] [ ];
    libxml2_13 = package "libxml2" [ "dev" ] [ ];
    ncurses = package "ncurses" [ "dev" ] [ ];
    python3 = package "python3" [ ] [ ];
    shellcheck = package "shellcheck" [ "bin" ] [ ];
    sqlite = package "sqlite" [ "bin" "dev" ] [ ];
    zlib = package "zlib" [ "dev" "static" ] [ ];

    autoPatchelfHook = package "auto-patchelf-hook" [ ] [ ];
    buildFHSEnv = { name, targetPkgs, profile ? "", runScript ? "bash" }:
      deepSeq (paths (targetPkgs packages))
        (built name { inherit profile runScript; } // { env = result "${name}-shell-env" [ ]; });
    dockerTools = {
      caCertificates = package "ca-certificates" [ ] [ ];
      buildLayeredImage = { name, tag ? null, contents ? [ ], config ? { } }:
        deepSeq
          [
            (paths contents)
            (only
              [ "Cmd" "Entrypoint" "Env" "ExposedPorts" "Healthcheck" "Labels" "User" "Volumes" "WorkingDir" ]
              "config"
              config)
            (checked "Entrypoint" strings config.Entrypoint)
            (checked "Env" strings config.Env)
            (only [ "Interval" "Retries" "StartPeriod" "Test" "Timeout" ] "Healthcheck" config.Healthcheck)
          ]
          (built name { });
    };
    fetchurl = { url, sha256 }: deepSeq [ url sha256 ] (result (baseNameOf url) [ ]);
    linkFarm = name: entries:
      deepSeq (map ({ name, path }: "${name} ${path}") (checked "entries" isList entries)) (built name { });
    runCommand = name: environment: script: deepSeq environment (built name { inherit script; });
    stdenv = {
      cc.cc = packages.gcc.cc;
      mkDerivation =
        { pname, version, src, nativeBuildInputs ? [ ], buildInputs ? [ ], postPatch ? "", buildPhase ? ""
        , installPhase ? "", meta ? { } }:
        deepSeq [ (paths (nativeBuildInputs ++ buildInputs ++ [ src ])) meta ]
          (built "${pname}-${version}" { inherit postPatch buildPhase installPhase; } // { inherit version; });
    };
    writeShellScript = name: script: built name { inherit script; };
  };

  nixpkgs = {
    lib.licenses.asl20 = { spdxId = "Apache-2.0"; };
    legacyPackages.x86_64-linux = packages;
  };

  # As the flake would be imported, but for what would ask the network. A file that it imported would ask all the same.
  description = builtins.scopedImport
    {
      builtins = builtins // {
        fetchGit = { url, rev, allRefs ? false }:
          deepSeq [ (checked "allRefs" isBool allRefs) url rev ] { outPath = "${store}/${baseNameOf url}-${rev}"; };
      };
    }
    (flake + "/flake.nix");
  known = only [ "description" "inputs" "outputs" ] "flake.nix" description;
  input = name: options:
    deepSeq (only [ "flake" "url" ] "inputs.${name}" options)
      (if options.flake or true then nixpkgs else { outPath = "${store}/${name}"; });
  # Whatever is in `inputs` is given, as Nix does it.
  outputs = only [ "apps" "devShells" "packages" ] "outputs"
    (known.outputs (mapAttrs input known.inputs // { self = { outPath = toString flake; } // outputs; }));

  derivation = what: value:
    if isAttrs value && value.type or "" == "derivation" then {
      path = value.outPath;
      scripts = value.scripts or { };
      version = value.version or "";
    } else throw "${what} is no derivation";
  app = what: value:
    if (only [ "type" "program" "meta" ] what value).type == "app" then value.program else throw "${what} is no app";
  each = kind: show: mapAttrs (system: mapAttrs (name: show "${kind}.${system}.${name}")) outputs.${kind};
in
{
  packages = each "packages" derivation;
  apps = each "apps" app;
  devShells = each "devShells" derivation;
}
