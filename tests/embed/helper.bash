# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What every file here loads: libwend as a host program finds it, installed into a folder of its own. WEND is
# the program of the build folder that it comes from.

# shellcheck source=tests/format/helper.bash
. "$BATS_TEST_DIRNAME/../format/helper.bash"
export top
top=$(realpath "$BATS_TEST_DIRNAME/../..")

# install_wend: makes this shell one that has libwend, its header, its pkg-config file and wend.
install_wend() {
    local root=$BATS_FILE_TMPDIR/root libraries
    meson install -C "$(dirname "$WEND")" --no-rebuild --quiet --tags runtime,devel --destdir "$root" >/dev/null
    libraries=$(dirname "$(find "$root" -name libwend.so)")
    export PKG_CONFIG_SYSROOT_DIR=$root PKG_CONFIG_PATH=$libraries/pkgconfig
    export LD_LIBRARY_PATH=$libraries:$libraries/wend
    PATH=$(dirname "$(find "$root" -name wend -type f -executable)"):$PATH
    export PATH
}
