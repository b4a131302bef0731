#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The Helm chart, rendered by tests/packaging/render in Helm's place: what it makes of its values, whether
# Kubernetes knows all of it, and what its container does.

load helper

chart=$BATS_TEST_DIRNAME/../../packaging/helm/wend

setup_file() {
    server postgres
    # shellcheck disable=SC2016 # the other shell expands them
    GOCACHE=$(bash -c '. "$1/script/lib.sh" && cache_folder' - "$top")/go
    GO111MODULE=off GOPATH=/usr/share/gocode GOFLAGS='' GOCACHE=$GOCACHE \
        go build -o "$BATS_FILE_TMPDIR/render" "$BATS_TEST_DIRNAME/render/main.go" \
        >"$BATS_FILE_TMPDIR/log" 2>&1 || [[ ! ${WEND_TEST_LONG:-} ]]
}

teardown_file() {
    stop_servers
}

local_setup() {
    needs test -x "$BATS_FILE_TMPDIR/render"
}

# render [STATUS]: the objects that the chart makes of the values on standard input are in the file `objects`.
render() {
    {
        echo 'image: {repository: registry.example.org/wend}'
        cat
    } >values.yaml
    run --separate-stderr "$BATS_FILE_TMPDIR/render" "$chart" values.yaml
    printf '%s\n' "$output" >rendered
    [ "$status" -eq "${1:-0}" ] || { printf '%s\n' "$stderr" >&2 && return 1; }
    json rendered >objects
}

# What most tests want of the database and the migrations.
usual='database: {existingSecret: shop-database}
migrations: {files: {001_a.up.sql: "CREATE TABLE a (x integer);\n", 001_a.down.sql: "DROP TABLE a;\n"}}'

# The filter's pod and its container that migrates.
pod='(.[] | select(.kind == "Job" or .kind == "Deployment") | .spec.template.spec)'
container="($pod | .containers + (.initContainers // []) | map(select(.name == \"wend\"))[0])"

@test "a hook: a Job before the rest, its ConfigMap before the Job" {
    render <<<"$usual"
    is objects 'map(.kind) | sort == ["ConfigMap", "Job"]'
    is objects 'all(.[]; .metadata.annotations["helm.sh/hook"] == "pre-install,pre-upgrade")'
    is objects '(.[] | select(.kind == "Job") | .metadata.annotations["helm.sh/hook-weight"] | tonumber)
        > (.[] | select(.kind == "ConfigMap") | .metadata.annotations["helm.sh/hook-weight"] | tonumber)'
    is objects "$pod | .restartPolicy == \"Never\""
    is objects "$container.image == \"registry.example.org/wend:$(sed -n 's/^appVersion: //p' "$chart/Chart.yaml")\""
}

@test "an init container: in the application's pods, nothing is a hook" {
    render <<<"$usual
mode: initContainer
app: {image: registry.example.org/shop, replicas: 3, ports: [{containerPort: 8080}]}"
    is objects 'map(.kind) | sort == ["ConfigMap", "Deployment"]'
    is objects 'all(.[]; .metadata.annotations == null)'
    is objects "$pod | (.initContainers | length) == 1 and (.containers | map(.name)) == [\"app\"]"
    is objects '.[] | select(.kind == "Deployment") | .spec | .selector.matchLabels as $wanted
        | .template.metadata.labels | contains($wanted)'
}

@test "the application beside a hook has no init container, and nothing of the migrations" {
    render <<<"$usual
app: {image: registry.example.org/shop}"
    is objects '.[] | select(.kind == "Deployment") | .spec.template.spec
        | .initContainers == null and .volumes == null'
}

@test "new migrations make new pods" {
    render <<<"$usual
mode: initContainer
app: {image: shop}"
    mv objects before
    render <<<"${usual/x integer/y integer}
mode: initContainer
app: {image: shop}"
    mark='.spec.template.metadata.annotations["wend/migrations"] // empty'
    [ "$(jq -r "$mark" before)" != "$(jq -r "$mark" objects)" ]
}

@test "the container is no root, can write nowhere, and has limits, in both modes" {
    for mode in hook initContainer; do
        render <<<"$usual
mode: $mode
app: {image: shop}"
        is objects "$container.securityContext | .runAsNonRoot and .readOnlyRootFilesystem
            and .allowPrivilegeEscalation == false and .capabilities == {drop: [\"ALL\"]}
            and .runAsUser == $(sed -nE 's/^USER ([0-9]+):.*/\1/p' "$top/Dockerfile")"
        is objects "$container.resources | .limits.memory and .requests.cpu and .requests.memory"
        is objects "$pod | .automountServiceAccountToken == false"
        is objects "$container.volumeMounts | length == 1 and all(.readOnly)"
    done
}

@test "the database's URL comes from a secret: one that is there, or one that is made before the Job" {
    from="$container.env[0].valueFrom.secretKeyRef"
    render <<<"${usual/shop-database/other, key: url}"
    is objects "$from == {name: \"other\", key: \"url\"}"
    render <<<"${usual/existingSecret: shop-database/url: \"postgres://ann:pass@db/shop\"}"
    is objects "(.[] | select(.kind == \"Secret\")) as \$secret | \$secret.stringData.DATABASE_URL
        == \"postgres://ann:pass@db/shop\" and $from.name == \$secret.metadata.name"
    is objects '.[] | select(.kind == "Secret") | .metadata.annotations["helm.sh/hook-weight"] == "-5"'
    # It stands in no argument.
    is objects "$container.args | all(contains(\"pass\") | not)"
}

@test "migrations in a ConfigMap that is there, or in the image" {
    render <<<'database: {existingSecret: s}
migrations: {existingConfigMap: ours}'
    is objects 'map(.kind) == ["Job"]'
    is objects "$pod.volumes[0].configMap.name == \"ours\""
    render <<<'database: {existingSecret: s}
migrations: {from: image, path: /srv/migrations}'
    is objects 'map(.kind) == ["Job"]'
    is objects "$pod.volumes == null and $container.volumeMounts == null"
    is objects "$container.args | .[index(\"--migrations\") + 1] == \"/srv/migrations\""
}

@test "a wend.yaml, wherever the migrations are, is there before the Job; another one makes new pods" {
    for mode in 'mode: hook' $'mode: initContainer\napp: {image: shop}'; do
        render <<<"$usual
$mode
config: 'lock_timeout: 1s'"
        is objects '.[] | select(.metadata.name == "shop-wend-config") | .data == {"wend.yaml": "lock_timeout: 1s"}
            and (.metadata.annotations["helm.sh/hook-weight"] // "-5") == "-5"'
        is objects "$pod.volumes[] | select(.name == \"config\").configMap.name == \"shop-wend-config\""
        is objects "$container.volumeMounts | length == 2 and .[1]
            == {name: \"config\", mountPath: \"/work/wend.yaml\", subPath: \"wend.yaml\", readOnly: true}"
        is objects "$container.args | .[index(\"--config\") + 1] == \"/work/wend.yaml\"
            and index(\"--migrations\") == null"
    done
    mark='.spec.template.metadata.annotations["wend/migrations"] // empty'
    before=$(jq -r "$mark" objects)
    render <<<"database: {existingSecret: s}
mode: initContainer
migrations: {from: image}
app: {image: shop}
config: 'lock_timeout: 2s'"
    is objects "$pod.volumes | map(.name) == [\"config\"]"
    is objects "$container.volumeMounts | map(.name) == [\"config\"]"
    render <<<"$usual
mode: initContainer
app: {image: shop}
config: 'lock_timeout: 2s'"
    [ "$before" != "$(jq -r "$mark" objects)" ]
}

@test "migrations that lie in the chart" {
    cp -r "$chart" ours
    chart=ours
    cp "$top"/examples/shop-postgres/migrations/*.sql ours/migrations/
    render <<<'database: {existingSecret: s}'
    jq -r 'select(.kind == "ConfigMap") | .data | keys[]' objects >names
    same "$(<names)" "$(cd "$top/examples/shop-postgres/migrations" && printf '%s\n' ./*.sql | cut -c3- | LC_ALL=C sort)"
    for name in $(<names); do
        jq -j --arg name "$name" 'select(.kind == "ConfigMap") | .data[$name]' objects |
            cmp - "$top/examples/shop-postgres/migrations/$name"
    done
}

@test "what is missing is said" {
    render 1 <<<'migrations: {files: {a.sql: x}}'
    holds "$stderr" "set database.existingSecret, or database.url"
    render 1 <<<'database: {existingSecret: s}'
    holds "$stderr" "there are no migrations"
    render 1 <<<"$usual
mode: initContainer"
    holds "$stderr" "set app.image"
}

@test "a Job ends for the exit statuses that docs/deploy.md says are not to be run again" {
    render <<<"$usual"
    same "$(jq -r 'select(.kind == "Job") | .spec.podFailurePolicy.rules[0].onExitCodes.values[]' objects | xargs)" \
        "$(asks_again no | xargs)"
    is objects '.[] | select(.kind == "Job") | .spec | .backoffLimit == 3
        and .podFailurePolicy.rules[0].action == "FailJob"
        and .podFailurePolicy.rules[0].onExitCodes.containerName == "wend"'
}

@test "Kubernetes knows every field" {
    needs "$python" -c 'import kubernetes'
    render <<<"$usual"
    run "$BATS_TEST_DIRNAME/api_types.py" objects
    same "$output" ""
    render <<<"${usual/existingSecret: shop-database/url: \"sqlite:a\"}
mode: initContainer
config: 'lock_timeout: 1s'
imagePullSecrets: [{name: registry}]
args: [--verbose]
env: [{name: NO_COLOR, value: '1'}]
nodeSelector: {disk: fast}
tolerations: [{key: a, operator: Exists}]
affinity: {podAntiAffinity: {}}
podAnnotations: {a: b}
app: {image: shop, command: [serve], args: [now], env: [{name: A, value: b}], ports: [{containerPort: 1}],
    resources: {limits: {memory: 1Gi}}}"
    run "$BATS_TEST_DIRNAME/api_types.py" objects
    same "$output" ""
    is objects "$container | .args[-1] == \"--verbose\" and .env[-1].name == \"NO_COLOR\""
}

@test "the values are checked by a schema" {
    needs "$python" -c 'import jsonschema'
    json "$chart/values.yaml" >values
    "$python" -m jsonschema -i values "$chart/values.schema.json"
    for wrong in '.mode = "job"' '.image.repositry = "x"' '.migrations.path = "here"' '.migrationss = {}' \
        '.app.replicas = "many"'; do
        jq "$wrong" values >other
        run "$python" -m jsonschema -i other "$chart/values.schema.json"
        [ "$status" -ne 0 ] || { echo "not seen: $wrong"; false; }
    done
    # And all of them are in it.
    same "$(jq -r 'paths(type != "object" and type != "array") | map(tostring) | select(.[0] != "resources")
        | map(select(test("^[0-9]+$") | not)) | join(".properties.") | ".properties." + .' values |
        while IFS= read -r path; do
            jq -e "$path" "$chart/values.schema.json" >/dev/null || echo "$path"
        done)" ""
}

@test "the chart's versions are wend's" {
    version=$(sed -nE "s/^ *version: '([^']+)',$/\1/p" "$top/meson.build")
    json "$chart/Chart.yaml" >about
    is about ".[0].appVersion == \"$version\""
    json "$chart/values.yaml" >values
    is values '.[0].image.tag == ""'
}

# container_does VALUES: the container's command on the files of its ConfigMaps, the folder `work` being /work.
container_does() {
    local name
    on postgres
    render <<<"$1"
    mkdir -p work/migrations
    for name in $(jq -r 'select(.kind == "ConfigMap") | .data | keys[]' objects); do
        jq -j --arg name "$name" 'select(.kind == "ConfigMap") | .data[$name] // empty' objects \
            >"work/$([[ $name == wend.yaml ]] || echo migrations/)$name"
    done
    mapfile -t arguments < <(jq -rs "$container.args[]" objects | sed "s,^/work/,$PWD/work/,")
    unset DATABASE_URL
    WEND_DATABASE_URL=$url wend 0 "${arguments[@]}"
}

@test "what the container does, with the files of its ConfigMap" {
    container_does "$usual"
    holds "$output" "applied   001_a"
}

@test "what it does with a wend.yaml" {
    container_does "database: {existingSecret: s}
migrations: {files: {001_a.sql: \"-- wend: substitute\\nCREATE TABLE \${table} (x integer);\\n\"}}
config: |
  tracks:
    - name: main
    - {name: users, migrations: '\${USERS}', table: users_migrations, optional: true}
  placeholders:
    - {name: table, value: a}"
    holds "$output" "applied   main: 001_a"
    holds "$stderr" "track users is left out: USERS is not set"
    same "$(psql -XAtqd "$url" -c "SELECT to_regclass('a')")" a
}
