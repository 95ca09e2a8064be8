import Crypto
import Document
import Manifest

extension Transaction {
    /// Moves a Secret's `stringData` into `data`, which wins over what is there (the API's write-only convenience).
    func foldStringData(_ object: inout Manifest) {
        guard object.kind == "Secret", object.apiVersion == "v1" else { return }
        guard let plain = object.value["stringData"]?.fields else { return }
        var data = object.value["data"]?.fields ?? Mapping()
        for entry in plain.entries {
            data[entry.key.text] = .string(Base64.encode(Array((entry.value.scalar?.text ?? "").utf8)))
        }
        object.value["data"] = .mapping(data)
        object.value["stringData"] = nil
    }
}
