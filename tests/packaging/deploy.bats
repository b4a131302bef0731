#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The examples of a deployment: whether they are what their readers take, and what their commands do here.

load helper

setup_file() {
    server postgres
}

teardown_file() {
    stop_servers
}

local_setup() {
    mkdir migrations bin
    echo 'CREATE TABLE customers (x integer);' >migrations/001_customers.up.sql
    echo 'DROP TABLE customers;' >migrations/001_customers.down.sql
    ln -s "$WEND" bin/wend
    PATH=$PWD/bin:$PATH
}

@test "what docs/deploy.md says of exit statuses: all of them, as the manual page has them" {
    same "$(sed -nE 's/^\| ([0-9]+) \|.*/\1/p' "$top/docs/deploy.md" | xargs)" \
        "$(sed -n '/^# EXIT STATUS/,/^# EXAMPLES/p' "$top/docs/man/wend.1.scd" |
            sed -nE 's/^\*([0-9]+)\*$/\1/p' | xargs)"
    same "$(asks_again yes | xargs)" "3 4 130"
}

@test "every file that docs/deploy.md names is there" {
    local path
    while IFS= read -r path; do
        [ -e "$top/docs/$path" ] || { echo "missing: $path"; false; }
    done < <(grep -oE '\]\([^)#]+' "$top/docs/deploy.md" | cut -c3-)
}

@test "the Dockerfile, as two linters read it" {
    npm_tools dockerfilelint@1.8.0 dockerfile-utils@0.16.3
    run "$npm/.bin/dockerfilelint" "$top/Dockerfile"
    echo "$output"
    [ "$status" -eq 0 ]
    run "$npm/.bin/dockerfile-utils" lint "$top/Dockerfile"
    echo "$output"
    [ "$status" -eq 0 ]
}

@test "the Dockerfile: the last stage is slim, has no compiler, and is nobody's root" {
    local last
    last=$(tac "$top/Dockerfile" | sed '/^FROM /q' | tac)
    # shellcheck disable=SC2016 # so it stands there
    holds "$last" 'FROM debian:${DEBIAN}-slim'
    grep -qE '^USER [1-9][0-9]*:[1-9][0-9]*$' <<<"$last"
    grep -qF 'COPY --from=build' <<<"$last"
    run grep -E 'gcc|build-essential|meson' <<<"$last"
    same "$output" ""
}

@test "the Dockerfile gets all that the packages are made of" {
    local line excluded=()
    while IFS= read -r line; do
        case $line in
        '#'*) ;;
        '**/'*) excluded+=(--no-anchored "--exclude=${line#**/}") ;;
        *) excluded+=(--anchored "--exclude=./${line#/}") ;;
        esac
    done <"$top/.dockerignore"
    mkdir tree
    tar -C "$top" "${excluded[@]}" -cf - . | tar -C tree -xf -
    [ ! -e tree/tests ]
    [ -x tree/script/package ]
    [ -x tree/packaging/debian/rules ]
    meson setup -Dtests=false -Dbench=false tree/build tree >log || { cat log; false; }
    # What the packages take as it lies in the tree.
    while read -r line; do
        [ -e "tree/$line" ]
    done < <(cat tree/packaging/debian/{wend.docs,wend.examples})
}

@test "docker-compose.yml: the application starts when the migrations have run" {
    json "$deploy/compose/docker-compose.yml" >compose
    is compose '.[0].services.app.depends_on.migrate.condition == "service_completed_successfully"'
    is compose '.[0].services.migrate | .depends_on.database and .read_only and .cap_drop == ["ALL"]'
    is compose '.[0].services.migrate.volumes | length == 1 and all(endswith("/work/migrations:ro"))'
    [ -e "$deploy/compose/$(jq -r .services.migrate.build compose)/Dockerfile" ]
}

@test "docker-compose.yml, as docker-compose reads it" {
    needs docker-compose version
    run env -C "$deploy/compose" docker-compose config
    [ "$status" -eq 0 ]
}

@test "docker-compose.yml: what its services do" {
    local command folder
    on postgres
    json "$deploy/compose/docker-compose.yml" >compose
    mapfile -t command < <(jq -r '.services.migrate.command[]' compose)
    folder=$(jq -r '.services.migrate.volumes[0] | split(":")[0]' compose)
    ln -sfn "$(realpath "$deploy/compose/$folder")" migrations2
    wend 0 -m migrations2 "${command[@]}"
    [[ $output =~ applied ]]
    mapfile -t command < <(jq -r '.services.app.command[]' compose)
    PGDATABASE=$url "${command[@]}" -d "$url"
}

@test "the GitHub workflow, as its schema has it" {
    npm_tools @action-validator/cli@0.6.0 @action-validator/core@0.6.0
    run "$npm/.bin/action-validator" "$deploy/github/migrations.yml"
    echo "$output"
    [ "$status" -eq 0 ]
}

# docker run OPTION... IMAGE ARGUMENT...: what the image would do.
fake_docker() {
    cat >bin/docker <<'END'
#!/usr/bin/env bash
set -eu
[[ $1 == run ]] && shift
while [[ $1 == -* ]]; do
    case $1 in
    --network | -e) shift ;;
    -v) [[ $2 == "$PWD/migrations:/work/migrations:ro" ]] && shift ;;
    esac
    shift
done
[[ $1 == the-image ]]
exec wend "${@:2}"
END
    chmod +x bin/docker
}

@test "the GitHub workflow: what its jobs do" {
    local job
    on postgres
    fake_docker
    export WEND_IMAGE=the-image
    json "$deploy/github/migrations.yml" >workflow
    is workflow '.[0].jobs.deploy | .concurrency["cancel-in-progress"] == false and .environment == "production"'
    for job in prove deploy; do
        jq -r ".jobs.$job.steps[].run // empty" workflow >script
        bash -eo pipefail script
    done >out
    holds "$(<out)" "reverted  001_customers"
    same "$(sql 'SELECT count(*) FROM customers')" 0
    # A way back that is missing, or wrong, is seen before it is merged.
    echo 'CREATE TABLE b (x integer);' >migrations/002_b.sql
    jq -r '.jobs.prove.steps[].run // empty' workflow >script
    run bash -eo pipefail script
    [ "$status" -eq 7 ]
}

@test "the GitLab pipeline, as its schema has it" {
    npm_tools gitlab-ci-local@4.50.0
    cp "$deploy/gitlab/.gitlab-ci.yml" .
    rmdir .git
    git init -q
    git remote add origin git@gitlab.example.org:shop/shop.git
    git add .gitlab-ci.yml
    git -c user.name=a -c user.email=a@example.org commit -qm a
    run "$npm/.bin/gitlab-ci-local" --list
    echo "$output"
    [ "$status" -eq 0 ]
    holds "$output" "json schema validated"
}

@test "the GitLab pipeline: what its jobs do, and which exit statuses it runs again" {
    local job
    on postgres
    json "$deploy/gitlab/.gitlab-ci.yml" >pipeline
    for job in prove deploy; do
        jq -r ".$job.script[]" pipeline >script
        bash -eo pipefail script
    done >out
    holds "$(<out)" "reverted  001_customers"
    same "$(jq -r '.deploy.retry.exit_codes[]' pipeline | xargs)" "$(asks_again yes | grep -vx 130 | xargs)"
    is pipeline '.[0].deploy | .interruptible == false and .resource_group == "production"'
}

@test "the systemd unit, as systemd reads it, and how much it may do" {
    needs systemd-analyze --version
    # It is looked at whether the program is there.
    sed "s,^ExecStart=/usr/bin/wend,ExecStart=$WEND," "$deploy/systemd/shop-migrate.service" >shop-migrate.service
    run systemd-analyze verify --man=no ./shop-migrate.service
    same "$output" ""
    [ "$status" -eq 0 ]
    run systemd-analyze security --offline=true --threshold=20 --no-pager ./shop-migrate.service
    echo "$output" | tail -n 1
    [ "$status" -eq 0 ]
}

@test "the systemd unit: before the application, once, and what it runs" {
    local command
    grep -qx 'Type=oneshot' "$deploy/systemd/shop-migrate.service"
    grep -qx 'Before=shop.service' "$deploy/systemd/shop-migrate.service"
    grep -qx 'RequiredBy=shop.service' "$deploy/systemd/shop-migrate.service"
    on postgres
    read -ra command < <(sed -n 's,^ExecStart=/usr/bin/wend ,,p' "$deploy/systemd/shop-migrate.service")
    wend 0 "${command[@]}"
    holds "$output" "applied   001_customers"
}
