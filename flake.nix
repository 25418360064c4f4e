# SPDX-License-Identifier: Apache-2.0
#
#   nix run .                    serve all-MiniLM-L6-v2 on 127.0.0.1:8080
#   nix build .#embedder         the program
#   nix build .#docker-image     an image with the program and the model, for `docker load`
#   nix develop                  a shell with Swift and what the build needs
#
# Documentation/Deployment.md#nix tells what has to be there first, and what of this was never tried.
{
  description = "Embedder: an embedding server";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
    # Swift's own build: Nixpkgs has none of version 6. flake.lock keeps the hash.
    swift-toolchain = {
      url = "https://download.swift.org/swift-6.3.1-release/debian12/swift-6.3.1-RELEASE/swift-6.3.1-RELEASE-debian12.tar.gz";
      flake = false;
    };
    # Configuration and tokenizer, at the commit of pinned_models.txt; the weights in it are pointers.
    model-files = {
      url = "git+https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2?rev=8b3219a92973c328a8e22fadcfa821b5dc75636a";
      flake = false;
    };
  };

  outputs = { self, nixpkgs, swift-toolchain, model-files }:
    let
      system = "x86_64-linux";
      pkgs = nixpkgs.legacyPackages.${system};
      lib = nixpkgs.lib;
      modelName = "sentence-transformers/all-MiniLM-L6-v2";
      # Also in Scripts/bootstrap.
      weights = pkgs.fetchurl {
        url = "https://huggingface.co/${modelName}/resolve/main/model.safetensors";
        sha256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db";
      };

      # Nixpkgs builds these libraries shared; the program contains them.
      static = package: package.overrideAttrs (old: {
        dontDisableStatic = true; # Where configure makes the build.
        cmakeFlags = (old.cmakeFlags or [ ]) ++ [ "-DBUILD_SHARED_LIBS=OFF" ]; # Where CMake does.
      });
      # What Swift's build for Debian 12 expects in /usr: the C library, a compiler's own files and libstdc++, which
      # Clang looks for in /usr/lib/gcc, and what Swift's programs are linked to: libxml2.so.2, which came before
      # libxml2 2.14.
      environment = pkgs.buildFHSEnv {
        name = "swift-environment";
        targetPkgs = pkgs: with pkgs; [
          gcc gcc.cc binutils glibc.dev zlib zlib.dev libxml2_13 ncurses libedit sqlite curl libuuid python3 git gnumake
          shellcheck (static libpng) (static libpng).dev (libjpeg_turbo.override { enableStatic = true; }) libjpeg_turbo.dev
          (static libwebp) giflib
        ];
        profile = "export PATH=${swift-toolchain}/usr/bin:$PATH";
        runScript = "bash";
      };

      # The commits of Package.resolved, which say what is fetched: no other hash is needed.
      pins =
        if builtins.pathExists ./Package.resolved then
          (builtins.fromJSON (builtins.readFile ./Package.resolved)).pins
        else
          throw "Package.resolved is not in the index; type:  swift package resolve && git add --force Package.resolved";
      dependencies = pkgs.linkFarm "swift-dependencies" (map (pin: {
        name = pin.identity;
        path = builtins.fetchGit { url = pin.location; rev = pin.state.revision; allRefs = true; };
      }) pins);

      embedder = pkgs.stdenv.mkDerivation {
        pname = "embedder";
        version = "0.1.0";
        src = self;
        nativeBuildInputs = [ pkgs.autoPatchelfHook ];
        buildInputs = [ pkgs.stdenv.cc.cc.lib pkgs.zlib ];
        # Packages in a directory take the place of those with the same name that other packages ask for.
        postPatch = ''
          mkdir dependencies
          for package in ${dependencies}/*; do cp -RL "$package" "dependencies/$(basename "$package")"; done
          chmod -R u+w dependencies
          sed -i -E 's|\.package\(url: "[^"]*/([^/"]+)", from: "[^"]*"|.package(path: "dependencies/\1"|' Package.swift
          for package in dependencies/*; do
            grep -q "path: \"$package\"" Package.swift ||
              sed -i "s|^    dependencies: \[\$|&\n        .package(path: \"$package\"),|" Package.swift
          done
        '';
        buildPhase = ''
          export HOME=$TMPDIR
          ${environment}/bin/swift-environment -c \
            "swift build -c release --static-swift-stdlib --product embedder --disable-sandbox"
        '';
        installPhase = ''
          install -D --strip .build/release/embedder $out/bin/embedder
          install -D -m 644 supported_models.txt $out/share/embedder/supported_models.txt
        '';
        meta = {
          description = "An embedding server: text in, vectors out";
          license = lib.licenses.asl20;
          mainProgram = "embedder";
          platforms = [ system ];
        };
      };

      model-data = pkgs.runCommand "all-MiniLM-L6-v2" { } ''
        folder=$out/${modelName}
        mkdir -p $folder/1_Pooling
        cd ${model-files}
        cp config.json config_sentence_transformers.json modules.json sentence_bert_config.json tokenizer.json \
          tokenizer_config.json special_tokens_map.json $folder/
        cp 1_Pooling/config.json $folder/1_Pooling/
        cp ${weights} $folder/model.safetensors
      '';

      docker-image = pkgs.dockerTools.buildLayeredImage {
        name = "embedder";
        tag = "latest";
        contents = [ pkgs.dockerTools.caCertificates ];
        config = {
          Entrypoint = [ "${embedder}/bin/embedder" "serve" ];
          Env = [ "HOST=0.0.0.0" "SENTENCE_TRANSFORMERS_HOME=${model-data}" "HF_HUB_OFFLINE=1" ];
          ExposedPorts."8080/tcp" = { };
          User = "65532:65532";
          Healthcheck = {
            Test = [ "CMD" "${embedder}/bin/embedder" "health" "--timeout" "1" ];
            Interval = 10000000000;
            Timeout = 2000000000;
            Retries = 3;
          };
        };
      };

      serve = pkgs.writeShellScript "serve" ''
        export EMBEDDER_MODELS_DIR=''${EMBEDDER_MODELS_DIR:-${model-data}} HF_HUB_OFFLINE=''${HF_HUB_OFFLINE:-1}
        exec ${embedder}/bin/embedder serve "$@"
      '';
    in
    {
      packages.${system} = {
        default = embedder;
        inherit embedder model-data docker-image;
        # The name it has in embedding-server.
        embedding-server = embedder;
      };
      apps.${system} = rec {
        default = serve-app;
        serve-app = { type = "app"; program = "${serve}"; };
        embedder = { type = "app"; program = "${self.packages.${system}.embedder}/bin/embedder"; };
      };
      devShells.${system}.default = environment.env;
    };
}
