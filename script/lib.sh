# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the scripts beside this file share: where the project is, how a missing package is installed,
# how the program is built, and how the parts of a test run are timed and counted. It is sourced,
# never run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
export root

# What a build needs, and what the tests need on top of it, other migration tools last. `a|b`: either will do, the
# first is installed.
build_packages=(gcc libc6-dev 'pkgconf|pkg-config' meson ninja-build libglib2.0-dev libsqlite3-dev
    libjansson-dev libyaml-dev libpq-dev libpg-query-dev libmariadb-dev scdoc)
test_packages=("${build_packages[@]}" bats clang clang-format cppcheck fish git jq parallel python3
    shellcheck sqlite3 bsdutils util-linux zsh postgresql pgbouncer mariadb-server galera-4 rsync
    'npm|nodejs' sqitch libdbd-pg-perl libdbd-mysql-perl sql-migrate alembic python3-django
    python3-flask-migrate python3-mysqldb python3-psycopg2 python3-pymysql build-essential debhelper
    python3-yaml curl g++ libmicrohttpd-dev valgrind)
long_test_packages=("${test_packages[@]}" default-jre-headless libslf4j-java docker-compose golang-go
    golang-github-masterminds-sprig-dev golang-k8s-sigs-yaml-dev lintian python3-jsonschema python3-kubernetes
    systemd)
# What script/package needs.
package_packages=("${build_packages[@]}" build-essential debhelper)
export build_packages test_packages long_test_packages package_packages

say() { printf '%s\n' "$*" >&2; }

die() {
    say "${0##*/}: $*"
    exit 1
}

usage_error() {
    say "${0##*/}: $*"
    exit 2
}

is_installed() {
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# need_packages PACKAGE…: installs those that are missing, with apt, as root or through sudo. Touches
# neither apt nor the network when all are there.
need_packages() {
    local wanted alternative missing=() as_root=()
    if ! command -v dpkg-query >/dev/null; then
        say "This is no Debian or Ubuntu, so nothing is installed. What is needed: $*"
        return 0
    fi
    for wanted in "$@"; do
        local found=
        IFS='|' read -ra alternatives <<<"$wanted"
        for alternative in "${alternatives[@]}"; do
            if is_installed "$alternative"; then
                found=yes
            fi
        done
        [[ $found ]] || missing+=("${alternatives[0]}")
    done
    if ((${#missing[@]} == 0)); then
        return 0
    fi
    if ((EUID != 0)); then
        command -v sudo >/dev/null ||
            die "these packages are missing, and only root or sudo could install them: ${missing[*]}"
        as_root=(sudo)
    fi
    command -v apt-get >/dev/null ||
        die "these packages are missing, and there is no apt-get to install them: ${missing[*]}"
    say "Installing ${missing[*]}"
    "${as_root[@]}" apt-get update -qq >&2 || die "apt-get update failed; wanted: ${missing[*]}"
    # RUNLEVEL: the servers among them are for the tests to start; no service of the system begins here.
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2 ||
        die "these packages could not be installed: ${missing[*]}"
}

# cache_folder: prints the folder for what is downloaded, outside of the tree: WEND_CACHE, or one in /var/tmp,
# where a server that does not run as root gets at it, too.
cache_folder() {
    local folder=${WEND_CACHE:-/var/tmp/wend-cache-$EUID}
    mkdir -p "$folder"
    [[ -O $folder ]] || die "$folder belongs to someone else"
    realpath "$folder"
}

# npm_folder NAME PACKAGE@VERSION…: prints the folder NAME of the cache, into whose node_modules these packages
# are installed unless they are there, by one caller at a time. None of their scripts is run.
npm_folder() {
    local folder lock
    folder=$(cache_folder)/$1 || return 1
    shift
    exec {lock}>"$folder.lock"
    flock "$lock"
    if [[ $(cat "$folder/complete" 2>/dev/null) != "$*" ]]; then
        command -v npm >/dev/null || need_packages npm
        rm -rf "$folder"
        mkdir "$folder"
        say "Installing $* into $folder"
        npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund --loglevel=error "$@" >&2 ||
            return 1
        printf '%s\n' "$*" >"$folder/complete"
    fi
    exec {lock}>&-
    printf '%s\n' "$folder"
}

# need_clang_runtime: clang's own sanitizer and fuzzer libraries, a package of their own in some
# releases and part of clang in others.
need_clang_runtime() {
    local major
    if printf 'int LLVMFuzzerTestOneInput(const char *d, long n) { return !d && n; }' |
        clang -fsanitize=fuzzer,address -x c - -o /dev/null 2>/dev/null; then
        return 0
    fi
    major=$(clang -dumpversion | cut -d. -f1)
    need_packages "libclang-rt-$major-dev"
}

# build_wend DIR [MESON OPTION…]: configures DIR, or configures it anew with these options, and builds
# all of it, or only the targets in the array build_targets. Quiet unless it fails.
build_targets=()
build_wend() {
    local dir=$root/$1 log status=0
    shift
    log=$(mktemp)
    configure_wend "$dir" "$@" >"$log" 2>&1 &&
        ninja -C "$dir" "${build_targets[@]}" >>"$log" 2>&1 || status=$?
    if ((status != 0)); then
        grep -v '^\[[0-9]*/[0-9]*\]' "$log" >&2 || true
    fi
    rm -f "$log"
    return "$status"
}

# A folder that another Meson made, or that was made for another place, is made anew.
configure_wend() {
    local dir=$1
    shift
    if [[ ! -f $dir/build.ninja ]]; then
        meson setup "$dir" "$root" "$@"
    elif ! meson setup --reconfigure "$dir" "$root" "$@"; then
        meson setup --wipe "$dir" "$root" "$@"
    fi
}

# ---- parts of a test run ------------------------------------------------------------------------
# A part is a function part_NAME. It calls passed and failed, or one of the counting functions below,
# and must not end the script. run_part prints what it is, how long it took and what it counted.

total_passed=0
total_failed=0
part_passed=0
part_failed=0
part_skipped=0

passed() { part_passed=$((part_passed + ${1:-1})); }
failed() { part_failed=$((part_failed + ${1:-1})); }
skipped() { part_skipped=$((part_skipped + ${1:-1})); }

# run_part NAME SENTENCE [COMMAND…]: the command, where one is told, is instead of the function.
run_part() {
    local start=$SECONDS
    part_passed=0 part_failed=0 part_skipped=0
    printf '\n== %s: %s\n' "$1" "$2"
    if (($# > 2)); then
        "${@:3}" || true
    else
        "part_${1//-/_}" || true
    fi
    if ((part_passed + part_failed == 0)); then
        printf '%s: nothing ran; that counts as a failure\n' "$1"
        failed
    fi
    total_passed=$((total_passed + part_passed))
    total_failed=$((total_failed + part_failed))
    printf -- '-- %s: %d passed, %d failed, %d skipped, %d s\n' \
        "$1" "$part_passed" "$part_failed" "$part_skipped" "$((SECONDS - start))"
}

# closing_line: the last line of a run, and its exit status.
closing_line() {
    printf '\n%d passed, %d failed\n' "$total_passed" "$total_failed"
    ((total_failed == 0))
}

# check COMMAND…: one check that passes when the command does.
check() {
    if "$@"; then
        passed
    else
        failed
    fi
}

# count_tap COMMAND…: runs a program that prints TAP and counts its tests. Where it prints none, its
# own last line `N passed, N failed` is counted, and where there is none either, its exit status.
count_tap() {
    local log status=0 good bad skips planned
    log=$(mktemp)
    "$@" | tee "$log" || status=$?
    # Subtests are indented and belong to the line of their parent.
    skips=$(grep -ciE '^ok\b.*# *skip' "$log" || true)
    good=$(($(grep -cE '^ok\b' "$log" || true) - skips))
    bad=$(grep -cE '^not ok\b' "$log" || true)
    planned=$(sed -nE 's/^1\.\.([0-9]+).*/\1/p' "$log" | tail -n 1)
    if ((good + bad + skips == 0)) && [[ -z $planned ]]; then
        if [[ $(tail -n 1 "$log") =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
            good=${BASH_REMATCH[1]}
            bad=${BASH_REMATCH[2]}
        elif ((status == 0)); then
            good=1
        fi
    elif ((good + bad + skips < ${planned:-0})); then
        printf 'planned %d tests, saw %d\n' "$planned" "$((good + bad + skips))"
        bad=$((bad + planned - good - bad - skips))
    fi
    if ((status != 0 && bad == 0)); then
        printf 'exit status %d\n' "$status"
        bad=1
    fi
    rm -f "$log"
    passed "$good"
    failed "$bad"
    skipped "$skips"
}

# What finds a read or a write in the wrong place, and memory that nobody frees. MariaDB's client library runs on
# stacks of its own, which are shorter than what valgrind takes for another one; wend's largest frame is 64 KiB.
# shellcheck disable=SC2034 # of those who source this
valgrind=(valgrind -q --max-stackframe=100000 --leak-check=full --show-leak-kinds=definite
    --errors-for-leak-kinds=definite --error-exitcode=99
    --suppressions=/usr/share/glib-2.0/valgrind/glib.supp)

# count_meson DIR [MESON TEST OPTION…]: runs the Meson tests of a build folder and counts them from
# the machine-readable logs: every TAP subtest, every other test once, and a program that died or ran
# out of time, which no subtest of its own says.
count_meson() {
    local dir=$root/$1 status=0 counts good bad skips
    shift
    rm -f "$dir"/meson-logs/testlog.*
    meson test -C "$dir" --no-rebuild --print-errorlogs "$@" || status=$?
    counts=$(python3 - "$dir/meson-logs/testlog" <<'PYTHON'
import json
import sys
import xml.etree.ElementTree as xml

good = bad = skips = 0
shown_bad = set()
shown_good = set()
try:
    suites = xml.parse(sys.argv[1] + ".junit.xml").iter("testsuite")
    cases = [(suite.get("name"), case) for suite in suites for case in suite.findall("testcase")]
    with open(sys.argv[1] + ".json", encoding="utf-8") as stream:
        tests = [json.loads(line) for line in stream]
except (OSError, ValueError, xml.ParseError) as error:
    print(f"no result of the Meson tests: {error}", file=sys.stderr)
    cases, tests = [], []
for suite, case in cases:
    # A program of subtests is a suite PROJECT.NAME; any other program is a case of the suite PROJECT.
    program = suite.split(".", 1)[1] if "." in suite else case.get("name")
    if case.find("failure") is not None or case.find("error") is not None:
        bad += 1
        shown_bad.add(program)
    elif case.find("skipped") is not None:
        skips += 1
    else:
        good += 1
        if "." not in suite:
            shown_good.add(program)
for test in tests:
    if test["result"] not in ("OK", "SKIP", "EXPECTEDFAIL") and test["name"] not in shown_bad:
        bad += 1
        good -= test["name"] in shown_good
print(good, bad, skips)
PYTHON
)
    read -r good bad skips <<<"$counts"
    if ((status != 0 && bad == 0)); then
        printf 'meson test: exit status %d\n' "$status"
        bad=1
    fi
    passed "$good"
    failed "$bad"
    skipped "$skips"
}
