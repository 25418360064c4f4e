// SPDX-License-Identifier: Apache-2.0

import EmbedJSON

extension ConfigObject {
    /// What `auto_map` in config.json names for the model, as it stands there.
    package func autoModel() throws(ModelFileError) -> String? {
        guard let code = value.nonNull("auto_map"), code.nonNull("AutoModel") != nil else { return nil }
        return try ConfigObject(file: file, value: code).string("AutoModel")
    }

    /// The class in code of the model's own that `auto_map` names, such as "modeling_qwen.Qwen2Model".
    package func remoteClass() throws(ModelFileError) -> String? {
        // "repository--module.Class", or "module.Class" where the code is among the model's own files.
        try autoModel().map { name in name.split(separator: "--").last.map(String.init) ?? name }
    }
}
