#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The Debian packages: built, installed into a root of their own beside the libraries of this machine, used
# from inside of it, and removed. Nothing is mounted, and this machine's own packages stay as they are.

load helper

setup_file() {
    export packages=$BATS_FILE_TMPDIR/packages shop=$BATS_FILE_TMPDIR/root
    "$BATS_TEST_DIRNAME/../../script/package" --output "$packages" >"$BATS_FILE_TMPDIR/built"
    if as_root true; then
        make_root
        find "$shop" -path "$shop/var" -prune -o -print | LC_ALL=C sort >"$BATS_FILE_TMPDIR/before"
        in_dpkg --install "$packages"/*.deb
        find "$shop" -path "$shop/var" -prune -o -print | LC_ALL=C sort >"$BATS_FILE_TMPDIR/installed"
        copy_libraries
    else
        export no_root=yes
    fi
}

# as_root COMMAND...: where this is somebody else, as the root of a namespace of its own.
as_root() {
    if ((EUID == 0)); then
        "$@"
    else
        unshare --user --map-root-user "$@"
    fi
}

# A root whose dpkg takes this machine's packages for installed, with no file of its own.
make_root() {
    local state=$shop/var/lib/dpkg
    mkdir -p "$state/info" "$state/updates" "$state/triggers" "$shop/usr/lib" "$shop/usr/lib64" "$shop/work"
    ln -s usr/lib "$shop/lib"
    ln -s usr/lib64 "$shop/lib64"
    awk -v RS= -v ORS='\n\n' '!/^Package: (lib)?wend/' /var/lib/dpkg/status >"$state/status"
    # shellcheck disable=SC2016 # dpkg-query expands it
    dpkg-query -W -f '${binary:Package}.list\n' | (cd "$state/info" && xargs touch)
}

in_dpkg() { as_root dpkg --root="$shop" --log=/dev/null --no-triggers "$@"; }

# What the programs and modules of the packages need of this machine's libraries, beside them.
copy_libraries() {
    local library
    find "$shop"/usr/bin "$shop"/usr/lib -type f \( -name wend -o -name '*.so*' \) -exec ldd {} + |
        sed -nE 's,^\t([^ ]+ => )?(/[^ ]+) \(.*,\2,p' | sort -u |
        while IFS= read -r library; do
            install -D "$library" "$shop$(realpath "$(dirname "$library")")/$(basename "$library")"
        done
}

local_setup() {
    case $BATS_TEST_DESCRIPTION in
    installed:*) [[ ! ${no_root:-} ]] || skip "not root, and no namespace of its own is allowed" ;;
    esac
    WEND=$BATS_FILE_TMPDIR/inside
    printf '#!/bin/sh\nexec %schroot "%s" /usr/bin/wend "$@"\n' \
        "$( ((EUID == 0)) || echo 'unshare --user --map-root-user ')" "$shop" >"$WEND"
    chmod +x "$WEND"
}

# in_package NAME: the files in it, one a line.
in_package() {
    dpkg-deb --fsys-tarfile "$packages/$1"_*.deb | tar -t | sed 's/^\.//' | grep -v '/$'
}

@test "five packages, each named on a line of its own" {
    [ "$(sed -E 's,.*/([^/_]+)_[^/]*\.deb$,\1,' "$BATS_FILE_TMPDIR/built" | xargs)" = \
        "libwend-dev libwend0 wend-mysql wend-postgres wend" ]
    while IFS= read -r file; do
        [ -f "$file" ]
    done <"$BATS_FILE_TMPDIR/built"
}

@test "everything lies where Debian looks for it" {
    run in_package wend
    for page in "$BATS_TEST_DIRNAME"/../../docs/man/*.[!3].scd; do
        page=$(basename "$page" .scd)
        holds "$output" "/usr/share/man/man${page##*.}/$page.gz"
    done
    for file in bin/wend share/bash-completion/completions/wend.bash share/zsh/vendor-completions/_wend \
        share/fish/vendor_completions.d/wend.fish share/doc/wend/deploy.md; do
        holds "$output" "/usr/$file"
    done
    for name in postgres mysql; do
        run in_package wend-$name
        [[ $output =~ /usr/lib/[^/]+/wend/wend-$name\.so ]]
    done
    run in_package libwend0
    [[ $output =~ /usr/lib/[^/]+/libwend\.so\.0 ]]
    run in_package libwend-dev
    [[ $output =~ /usr/include/wend\.h ]]
    holds "$output" /usr/share/man/man3/libwend.3.gz
    [[ $output =~ /usr/lib/[^/]+/libwend\.so ]]
    [[ $output =~ /usr/lib/[^/]+/pkgconfig/wend\.pc ]]
}

@test "each package names the client library that it needs, and the program none" {
    depends() { dpkg-deb -f "$packages/$1"_*.deb Depends; }
    holds "$(depends wend-postgres)" libpq5
    holds "$(depends wend-mysql)" libmariadb3
    run depends wend
    holds "$output" libsqlite3-0
    [[ ! $output =~ libpq|libmariadb ]]
}

@test "the library has the functions of wend.h, and its symbols file names each" {
    local declared
    declared=$(sed -nE 's/^WEND_PUBLIC [^(]*\b(wend_[a-z_]+)\(.*/\1/p' "$top/include/wend.h" | LC_ALL=C sort)
    dpkg-deb -x "$packages"/libwend0_*.deb files
    same "$(nm -D --defined-only files/usr/lib/*/libwend.so.0 | cut -d' ' -f3 | LC_ALL=C sort)" "$declared"
    same "$(sed -nE 's/^ (.*)@Base .*/\1/p' "$top/packaging/debian/libwend0.symbols")" "$declared"
}

@test "lintian has nothing to complain about" {
    needs lintian --version
    run lintian --allow-root --fail-on error,warning --tag-display-limit 0 "$packages"/*.changes
    echo "$output"
    [ "$status" -eq 0 ]
}

@test "what completes its words is read by each shell" {
    dpkg-deb -x "$packages"/wend_*.deb files
    bash -c '. files/usr/share/bash-completion/completions/wend.bash && complete -p wend'
    ! command -v zsh >/dev/null || zsh -n files/usr/share/zsh/vendor-completions/_wend
    ! command -v fish >/dev/null || fish -n files/usr/share/fish/vendor_completions.d/wend.fish
}

@test "installed: the program has the version of its package, and its pages" {
    wend 0 --version
    [[ $output == *"$(dpkg-deb -f "$packages"/wend_*.deb Version)"* ]]
    wend 0 help up
    holds "$output" "apply the pending migrations"
}

@test "installed: migrations run up and down on SQLite" {
    mkdir -p "$shop/work/up/migrations"
    echo 'CREATE TABLE a (x);' >"$shop/work/up/migrations/001_a.up.sql"
    echo 'DROP TABLE a;' >"$shop/work/up/migrations/001_a.down.sql"
    wend 0 -m /work/up/migrations -d sqlite:/work/up/shop.db up
    holds "$output" "applied   001_a"
    [ "$(sqlite3 "$shop/work/up/shop.db" 'SELECT count(*) FROM a')" = 0 ]
    wend 0 -m /work/up/migrations -d sqlite:/work/up/shop.db version
    [ "$output" = "001  a" ]
    wend 0 -m /work/up/migrations -d sqlite:/work/up/shop.db down --yes
}

@test "installed: the modules for servers are found, and missed where their package is removed" {
    mkdir -p "$shop/work/server/migrations"
    for name in postgres mysql; do
        # Nobody listens there: a module that was found says so.
        wend 3 -m /work/server/migrations -d "$name://ann@127.0.0.1:1/shop" status
        [[ $stderr =~ refused|"Can't connect" ]]
        in_dpkg --remove "wend-$name"
        wend 3 -m /work/server/migrations -d "$name://ann@127.0.0.1:1/shop" status
        holds "$stderr" "install wend's module wend-$name.so"
        in_dpkg --install "$packages/wend-$name"_*.deb
    done
}

@test "installed: a program is built with libwend-dev and migrates by itself" {
    mkdir -p "$shop/work/host/migrations"
    echo 'CREATE TABLE a (x);' >"$shop/work/host/migrations/001_a.up.sql"
    cat >host.c <<'END'
#include <stdio.h>
#include <wend.h>

int main(void)
{
    WendError error = WEND_ERROR_INIT;
    WendOptions options = WEND_OPTIONS_INIT;
    unsigned done = 0;
    options.database = "sqlite:/work/host/shop.db";
    options.migrations = "/work/host/migrations";
    WendHandle *handle = wend_open(&options, &error);
    if (handle == NULL || !wend_up(handle, NULL, &done, &error))
        fprintf(stderr, "%s\n", error.message);
    wend_close(handle);
    printf("%u done by libwend %s\n", done, wend_version_text());
    options.database = "postgres://ann@127.0.0.1:1/shop";
    if (wend_open(&options, &error) == NULL)
        printf("%s\n", error.message);
    return 0;
}
END
    export PKG_CONFIG_SYSROOT_DIR=$shop
    PKG_CONFIG_LIBDIR=$(dirname "$(find "$shop/usr/lib" -name wend.pc)")
    export PKG_CONFIG_LIBDIR
    # shellcheck disable=SC2046 # several words
    gcc host.c -o "$shop/work/host/host" $(pkg-config --cflags --libs wend) \
        -Wl,--allow-shlib-undefined
    run as_root chroot "$shop" /work/host/host
    [ "$status" -eq 0 ]
    holds "$output" "1 done by libwend $(dpkg-deb -f "$packages"/wend_*.deb Version)"
    # Its module is found without the program's help.
    holds "$output" refused
}

@test "installed: removing the packages leaves nothing" {
    local file left=()
    in_dpkg --purge wend wend-postgres wend-mysql libwend0 libwend-dev
    while IFS= read -r file; do
        [ -d "$file" ] || [ ! -e "$file" ] || left+=("$file")
    done < <(LC_ALL=C comm -13 "$BATS_FILE_TMPDIR/before" "$BATS_FILE_TMPDIR/installed")
    same "${left[*]}" ""
    [ ! -e "$shop/usr/bin/wend" ]
    in_dpkg --install "$packages"/*.deb
}
