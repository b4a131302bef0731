# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What every file here loads: tools that not every machine has, and YAML.

# shellcheck source=tests/format/helper.bash
. "$BATS_TEST_DIRNAME/../format/helper.bash"
export top=$BATS_TEST_DIRNAME/../..
export deploy=$top/examples/deploy

# The Python that Debian's packages are for.
python=/usr/bin/python3

# needs COMMAND...: leaves the test out where the command does not work here; with WEND_TEST_LONG it has to.
needs() {
    if ! "$@" >/dev/null 2>&1; then
        [[ ! ${WEND_TEST_LONG:-} ]] || return 1
        skip "not here: $*"
    fi
}

# json FILE: its YAML documents as JSON, one a line; empty ones are left out.
json() {
    "$python" -c '
import json, sys, yaml
for document in yaml.safe_load_all(open(sys.argv[1])):
    if document is not None:
        print(json.dumps(document))
' "$1"
}

# is JSON-FILE FILTER: fails, showing the documents, unless jq's filter is true of them all together.
is() {
    if ! jq -se "$2" "$1" >/dev/null; then
        printf 'not so: %s\n' "$2" >&2
        jq -s . "$1" >&2
        return 1
    fi
}

# asks_again yes|no: the exit statuses for which docs/deploy.md says so, one a line.
asks_again() { sed -nE "s/^\| ([0-9]+) \| [^|]* \| $1 \|.*/\1/p" "$top/docs/deploy.md"; }
