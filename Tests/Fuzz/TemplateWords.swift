/// What charts are made of: fields, and the words of the template language.
extension Vocabulary {
    static let templateWords = """
        apiVersion v1 v2 name version appVersion kubeVersion type application library dependencies repository condition
        tags alias import-values child parent exports enabled global description metadata annotations helm.sh/hook
        pre-install post-install test helm.sh/hook-weight helm.sh/hook-delete-policy kind ConfigMap Secret Deployment List
        .Values .Values.a .Values.a.b .Values.global .Release.Name .Release .Chart .Chart.Name .Files .Files.Get
        .Files.Glob .Files.Lines .Files.AsConfig .Files.AsSecrets .Capabilities .Capabilities.APIVersions.Has
        .Capabilities.KubeVersion.Minor .Template.BasePath .Template.Name .Subcharts .Subcharts.db.Values $ . $x $y
        if else end range with define template block break continue nil true false and or not len index slice print
        printf println html js urlquery call eq ne lt le gt ge include tpl required fail lookup toYaml toYamlPretty
        fromYaml fromYamlArray toJson toPrettyJson toRawJson fromJson fromJsonArray toToml fromToml default empty coalesce
        ternary dict list get set unset hasKey pluck keys values pick omit merge mergeOverwrite deepCopy deepEqual dig
        first last rest initial append prepend concat reverse uniq without has compact chunk until untilStep seq join
        split splitn splitList sortAlpha toStrings toString quote squote cat indent nindent nospace initials trim
        trimAll trimPrefix trimSuffix trunc abbrev abbrevboth upper lower title untitle repeat substr replace plural
        snakecase camelcase kebabcase swapcase shuffle wrap wrapWith contains hasPrefix hasSuffix regexMatch regexFind
        regexFindAll regexReplaceAll regexReplaceAllLiteral regexSplit regexQuoteMeta int int64 float64 atoi toDecimal
        add add1 sub mul div mod max min floor ceil round addf subf mulf divf maxf minf now date dateInZone dateModify
        htmlDate toDate mustToDate ago duration durationRound unixEpoch b64enc b64dec b32enc b32dec sha1sum sha256sum
        sha512sum adler32sum md5sum bcrypt htpasswd derivePassword genPrivateKey genCA genSelfSignedCert genSignedCert
        encryptAES decryptAES randAlphaNum randAlpha randNumeric randAscii randInt randBytes uuidv4 semver semverCompare
        typeOf kindOf typeIs kindIs typeIsLike all any base dir ext clean isAbs osBase urlParse urlJoin getHostByName
        tuple "%v" "%d" "%s" "%q" "%x" "%05.2f" "%*d" "%#v" "%T" "%-10s|" "%+d" "%[2]d" "%t" "%c" "%U" "%e" "%g" "%b" "%o"
        "x" "a" "gotpl" "2006-01-02" "^1.2.x || >=2.0 <3" ">=1.0-0" "(a+)+$" "[[:alpha:]]+" "\\\\d{1,3}" "(?P<n>.)" "$1"
        0 1 -1 3 1.5 0x10 1e9 1000000000 9223372036854775807 -9223372036854775808 'a' := = | ( ) , $schema type object
        string integer array properties required additionalProperties items pattern enum minimum oneOf allOf anyOf not
        $ref #/definitions/a definitions const if then dependentRequired format uniqueItems minLength maxItems
        """.split(whereSeparator: \.isWhitespace).map(String.init)

    static let templateSnippets = [
        "{{ ", " }}", "{{- ", " -}}", "{{/* note */}}", "{{ end }}", "{{ else }}", "{{ else if .Values.a }}",
        "{{ if .Values.a }}a: 1{{ end }}", "{{ range $i, $x := .Values.a }}\n- {{ $x | quote }}{{ end }}",
        "{{ with .Values.a }}{{ . }}{{ else }}none{{ end }}", "{{ define \"x\" }}{{ . }}{{ end }}",
        "{{ include \"x\" . | nindent 4 }}", "{{ template \"x\" . }}", "{{ block \"x\" . }}b{{ end }}",
        "{{ define \"x\" }}{{ include \"x\" . }}{{ end }}", "{{ tpl \"{{ .Values.a }}\" . }}", "{{ tpl .Values.t . }}",
        "{{ $x := dict \"a\" 1 \"b\" (list 1 2) }}{{ toYaml $x }}", "{{ $_ := set .Values \"self\" .Values }}",
        "{{ range until 10 }}{{ if eq . 3 }}{{ continue }}{{ end }}{{ if gt . 5 }}{{ break }}{{ end }}{{ . }},{{ end }}",
        "{{ range 5 }}{{ . }}{{ end }}", "{{ range $k, $v := .Values }}\n{{ $k }}: {{ $v | toJson }}{{ end }}",
        "{{ $l := list }}{{ range until 20 }}{{ $l = append $l . }}{{ end }}{{ $l | join \",\" }}",
        "{{ $s := \"ab\" }}{{ range until 12 }}{{ $s = printf \"%s%s\" $s $s }}{{ end }}{{ len $s }}",
        "{{ repeat 100 \"x\" }}", "{{ printf \"%1000d|%-20s|%.3f\" 7 \"a\" 1.5 }}", "{{ fail \"stop\" }}",
        "{{ required \"a is needed\" .Values.a }}", "{{ .Files.Get \"files/a.txt\" }}",
        "{{ (.Files.Glob \"**\").AsConfig }}",
        "{{ regexReplaceAll \"(a|b)*\" .Values.a \"${1}x\" }}", "{{ semverCompare \"^1.2\" .Chart.Version }}",
        "{{ index .Values \"a\" \"b\" }}", "{{ slice \"abc\" 1 2 }}",
        "{{ merge .Values (dict \"a\" (dict \"b\" 1)) | toYaml }}",
        "{{ dig \"a\" \"b\" \"none\" .Values }}", "{{ fromYaml \"a: [1, {b: c}]\" | toJson }}",
        "{{ fromJson \"{\\\"a\\\":1e400}\" }}",
        "{{ now | date \"2006-01-02\" }}", "{{ randAlphaNum 16 | b64enc }}", "{{ genCA \"ca\" 365 }}",
        "{{ $ca := genCA \"ca\" 1 }}{{ (genSignedCert \"a\" nil (list \"b\") 1 $ca).Cert }}",
        "{{ lookup \"v1\" \"Pod\" \"\" \"\" }}",
        "dependencies:\n- {name: db, version: 1.x, condition: db.enabled, tags: [t], alias: x, import-values: [data, {child: a, parent: b}]}\n",
        "{\"type\": \"object\", \"properties\": {\"a\": {\"type\": [\"string\", \"null\"], \"pattern\": \"(a+)+$\"}}, \"required\": [\"a\"]}",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: {{ .Values.a | quote }}}\n---\n",
        "a.b[0].c=1,d={x,y},e\\.f=null", "a[65536]=x", "a[0][1][2]=x", "a=1,a.b=2",
    ]
}
