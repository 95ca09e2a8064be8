/// Words in names of fields that hold secrets, and in those that only speak of them.
enum SecretWords {
    static let passwords: Set<String> = [
        "password", "passwords", "passwd", "passwort", "pwd", "pass", "passphrase", "secret", "secrets", "contrasena",
        "motdepasse",
        "senha", "psk", "pw",
    ]
    static let tokens: Set<String> = [
        "token", "tokens", "apikey", "authkey", "authtoken", "accesstoken", "accesskey", "secretkey", "privatekey",
        "credential", "credentials", "pat", "jwt", "bearer", "keytab", "sessionkey", "masterkey", "licensekey",
    ]
    static let ifRandom: Set<String> = [
        "hash", "auth", "authorization", "salt", "pepper", "sig", "signature", "seed", "dsn",
    ]
    /// After these a key is one that opens something.
    static let beforeKey: Set<String> = [
        "api", "access", "secret", "private", "signing", "encryption", "encrypt", "master", "admin", "app",
        "application", "auth", "account", "shared", "license", "licence", "insert", "ingest", "routing", "integration",
        "service", "sdk", "session", "cookie", "global", "user", "storage", "admin", "write", "role", "hmac", "aes",
        "ssh", "gpg", "pgp", "tls", "ssl", "deploy", "firebase", "maps", "search", "webhook", "jwt", "token", "server",
        "client", "root", "recovery", "backup", "activation", "sas", "primary", "secondary",
    ]
    /// After these it is a place in a table, or a name.
    static let notBeforeKey: Set<String> = [
        "foreign", "sort", "partition", "cache", "idempotency", "config", "data", "row", "hash", "range", "map",
        "object", "lookup", "group", "label", "translation", "index", "unique", "composite", "natural", "ref", "by",
        "host", "property", "message", "i18n", "password", "s3", "field", "order", "name",
    ]
    /// A field with one of these says something that everybody may know.
    static let `public`: Set<String> = [
        "public", "publishable", "pub", "pubkey", "checksum", "checksums", "sha1", "sha256", "sha384", "sha512", "md5",
        "digest", "integrity", "fingerprint", "fingerprints", "thumbprint", "etag", "commit", "rev", "revision", "sri",
        "example", "sample", "placeholder", "certificate", "cert", "crt", "nonce", "kid",
    ]
    static let hollow: Set<String> = [
        "value", "val", "plain", "plaintext", "text", "raw", "b64", "base64", "encoded", "string", "str", "old", "new",
        "current", "previous", "default", "base", "prod", "production", "dev", "staging", "test", "qa", "live",
    ]
}

/// Words in names of fields that hold personal data, in the languages of the numbers that Belay knows.
enum PersonalWords {
    typealias Personal = FieldName.Personal

    /// The whole name, or its last two words.
    static let wholes: [String: Personal] = [
        "name": .plainName, "firstname": .firstName, "givenname": .firstName, "forename": .firstName,
        "middlename": .firstName, "vorname": .firstName, "prenom": .firstName, "lastname": .lastName,
        "familyname": .lastName, "surname": .lastName, "nachname": .lastName, "maidenname": .lastName,
        "birthname": .lastName, "fullname": .fullName, "displayname": .plainName, "realname": .fullName,
        "legalname": .fullName, "holder": .fullName, "cardholder": .fullName, "accountholder": .fullName,
        "nameoncard": .fullName, "birthdate": .birth, "dateofbirth": .birth, "birthday": .birth, "bornon": .birth,
        "bornat": .birth, "geburtsdatum": .birth, "datenaissance": .birth, "streetaddress": .address,
        "postaladdress": .address, "homeaddress": .address, "mailingaddress": .address, "shippingaddress": .address,
        "billingaddress": .address, "deliveryaddress": .address, "residentialaddress": .address,
        "addressline": .address, "addressline1": .address, "address1": .address, "address2": .address,
        "emailaddress": .email, "mailaddress": .email, "ipaddress": .network, "ipaddr": .network,
        "remoteaddr": .network, "clientip": .network, "macaddress": .network, "hwaddress": .network,
        "cardnumber": .card, "creditcard": .card, "paymentcard": .card, "ccnumber": .card, "cardno": .card,
        "bankaccount": .bankAccount, "accountnumber": .bankAccount, "ninumber": .ukNINO,
        "nationalinsurance": .ukNINO, "insurancenumber": .ukNINO, "socialsecurity": .usSSN, "securitynumber": .usSSN,
        "steuerid": .deSteuerID, "steueridnr": .deSteuerID, "identifikationsnummer": .deSteuerID,
        "taxnumber": .deSteuerID, "taxid": .deSteuerID, "tin": .deSteuerID, "numerosecu": .frNIR,
        "securitesociale": .frNIR,
    ]
    static let lasts: [String: Personal] = [
        "email": .email, "mail": .email, "phone": .phone, "telephone": .phone, "tel": .phone, "mobile": .phone,
        "cell": .phone, "cellphone": .phone, "fax": .phone, "handy": .phone, "telefon": .phone, "telefono": .phone,
        "telefone": .phone, "telefoon": .phone, "telephonenumber": .phone, "phonenumber": .phone, "msisdn": .phone,
        "whatsapp": .phone, "mobil": .phone, "movil": .phone, "cellulare": .phone, "surname": .lastName,
        "apellido": .lastName, "apellidos": .lastName, "cognome": .lastName, "sobrenome": .lastName,
        "achternaam": .lastName, "efternamn": .lastName, "nom": .lastName, "nachname": .lastName,
        "vorname": .firstName, "prenom": .firstName, "voornaam": .firstName, "fornamn": .firstName,
        "firstname": .firstName, "lastname": .lastName, "fullname": .fullName, "dob": .birth, "birthday": .birth,
        "birthdate": .birth, "geburtsdatum": .birth, "geburtstag": .birth, "nacimiento": .birth, "nascita": .birth,
        "nascimento": .birth, "naissance": .birth, "geboortedatum": .birth, "fodelsedatum": .birth,
        "iban": .bankAccount, "ssn": .usSSN, "nino": .ukNINO, "nir": .frNIR, "dni": .esDNI, "nie": .esDNI,
        "nif": .esDNI, "cpf": .brCPF, "aadhaar": .inAadhaar, "aadhar": .inAadhaar, "uidai": .inAadhaar,
        "address": .address, "addr": .address, "street": .address, "strasse": .address, "anschrift": .address,
        "adresse": .address, "direccion": .address, "indirizzo": .address, "endereco": .address, "adres": .address,
        "adress": .address, "pan": .card, "cc": .card, "ip": .network, "ipv4": .network, "ipv6": .network,
        "mac": .network, "holder": .fullName, "recipient": .fullName, "customer": .fullName, "patient": .fullName,
        "employee": .fullName, "addressee": .fullName, "payee": .fullName, "beneficiary": .fullName,
    ]
    static let anywhere: [String: Personal] = [
        "phone": .phone, "mobile": .phone, "email": .email, "birth": .birth, "ssn": .usSSN, "cpf": .brCPF,
        "dni": .esDNI, "nie": .esDNI, "nir": .frNIR, "iban": .bankAccount, "aadhaar": .inAadhaar, "dob": .birth,
        "telefon": .phone, "steuerliche": .deSteuerID,
    ]
    /// Of these a name is a person's.
    static let people: Set<String> = [
        "customer", "contact", "person", "patient", "employee", "owner", "holder", "cardholder", "recipient", "payee",
        "beneficiary", "client", "guest", "member", "student", "teacher", "author", "tenant", "buyer", "seller",
        "driver", "doctor", "parent", "spouse", "emergency", "billing", "shipping", "sender", "full", "legal", "user",
    ]
    /// Of these a name may be as a person's, and is not.
    static let nameless: Set<String> = [
        "product", "company", "street", "city", "brand", "organization", "organisation", "org", "store", "shop", "team",
        "project", "service", "app", "application", "file", "host", "domain", "school", "building", "place", "town",
        "region", "country", "ship", "event", "film", "movie", "book", "song", "album", "band", "game", "class", "font",
        "method", "function", "module", "package", "table", "column", "field", "type", "key", "branch", "cluster",
    ]
    /// Before `address` these make it no place where people live.
    static let machines: Set<String> = [
        "ip", "mac", "server", "bind", "listen", "email", "mail", "wallet", "memory", "broadcast", "gateway", "peer",
        "remote", "local", "advertise", "cluster", "service", "metrics", "health", "web", "http", "grpc", "node",
        "contract", "base", "virtual", "physical", "hw", "device", "host", "proxy", "upstream", "backend",
    ]
}
