# Shared by ./run, ./test and .ci/run: packages, builds, and how they speak. To be sourced by bash.
# shellcheck shell=bash disable=SC2034

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)

# A clone in another folder finds what an earlier one compiled.
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1

# What halld, hallsim and hallctl need to be built ...
packages_build=(g++ cmake ninja-build ccache pkg-config libmodbus-dev libpaho-mqtt-dev
    libpaho-mqttpp-dev libspdlog-dev libfmt-dev libboost-dev nlohmann-json3-dev libsqlite3-dev
    libsqlitecpp-dev libsodium-dev libssl-dev libhowardhinnant-date-dev libcli11-dev
    libtomlplusplus-dev libsystemd-dev libgpiod-dev libevdev-dev)
# ... to run as the demo (the stop hooks are curl; the hall's hours need the zones) ...
packages_run=(mosquitto curl openssh-client ca-certificates tzdata util-linux)
# ... and to be tested.
packages_test=(libgtest-dev libgmock-dev mosquitto-clients socat
    openssh-server sqlite3 tmux chromium fonts-noto-cjk python3-pymodbus python3-serial python3-serial-asyncio)
# ... and to be made a package of, which is installed in a Debian of its own.
packages_package=(dpkg-dev file gzip mmdebstrap systemd-container debian-archive-keyring)
# What the checks of our own text need.
packages_check=(clang-format clang-tidy python3)

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }
die() {
    warn "$*"
    exit 1
}

installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

as_root() {
    if [[ $(id -u) == 0 ]]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        return 127
    fi
}

# install_missing PACKAGE...: asks apt only when something is missing, and says nothing otherwise.
install_missing() {
    command -v dpkg-query >/dev/null || die "This needs Debian 12 or 13 (dpkg is not there)."
    local missing=() one
    for one in "$@"; do
        installed "$one" || missing+=("$one")
    done
    [[ ${#missing[@]} -gt 0 ]] || return 0
    say "Installing: ${missing[*]}"
    local log had_broker=yes apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600)
    installed mosquitto || had_broker=no
    # Nor may a log-in from outside be open for a moment because tests need the program.
    local new_sshd=
    if [[ -d /run/systemd/system && " ${missing[*]} " == *" openssh-server "* ]]; then
        new_sshd=yes
        as_root systemctl mask --quiet ssh.service ssh.socket || :
    fi
    log=$(mktemp)
    if ! { as_root "${apt[@]}" update && as_root "${apt[@]}" install --yes --no-install-recommends "${missing[@]}"; } \
        </dev/null >"$log" 2>&1; then
        tail -n 15 "$log" >&2
        rm -f "$log"
        die "These packages could not be installed. As root: apt-get install ${missing[*]}"
    fi
    rm -f "$log"
    if [[ $new_sshd == yes ]]; then
        as_root systemctl unmask --quiet ssh.service ssh.socket || :
        as_root systemctl disable --quiet ssh.service ssh.socket || :
    fi
    # Debian starts a broker for the whole machine with the package; ours are started by hand.
    if [[ $had_broker == no && -d /run/systemd/system ]] && installed mosquitto; then
        as_root systemctl disable --quiet --now mosquitto.service || :
    fi
}

# Node from Debian or from elsewhere: whichever is there.
install_node() {
    local wanted=()
    command -v node >/dev/null || wanted+=(nodejs)
    command -v npm >/dev/null || wanted+=(npm)
    [[ ${#wanted[@]} -eq 0 ]] || install_missing "${wanted[@]}"
    local version
    version=$(node --version)
    version=${version#v}
    [[ ${version%%.*} -ge 18 ]] || die "Node $version is too old for the tests; 18 or newer is needed."
}

# install_locked FOLDER...: what its package-lock.json names, once.
install_locked() {
    local of
    for of in "$@"; do
        ! cmp -s "$of/package-lock.json" "$of/node_modules/.installed-lock" || continue
        quietly "Installing npm's packages for $of" npm --prefix "$of" ci --silent || exit 1
        cp "$of/package-lock.json" "$of/node_modules/.installed-lock"
    done
}

# quietly WHAT COMMAND...: shows the command's output only when it fails.
quietly() {
    local what=$1 log
    shift
    log=$(mktemp)
    if "$@" </dev/null >"$log" 2>&1; then
        rm -f "$log"
        return 0
    fi
    tail -n 200 "$log" >&2
    rm -f "$log"
    warn "$what failed."
    return 1
}

# Ninja's lines in, now and then one line of progress out; the rest goes to the log.
show_progress() {
    local log=$1 line last=$SECONDS
    while IFS= read -r line; do
        printf '%s\n' "$line" >>"$log"
        if [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]] && ((SECONDS - last >= 15)); then
            say "  ${BASH_REMATCH[1]} of ${BASH_REMATCH[2]} steps"
            last=$SECONDS
        fi
    done
}

# build PRESET TESTS(ON|OFF) [TARGET...]: into build/PRESET. Says nothing when nothing is to do.
build() {
    local preset=$1 tests=$2 folder=$root/build/$1 log
    shift 2
    if [[ ! -f $folder/build.ninja ]] || ! grep -qx "HALL_TESTS:BOOL=$tests" "$folder/CMakeCache.txt"; then
        quietly "Configuring build/$preset" cmake -S "$root" --preset "$preset" "-DHALL_TESTS=$tests" || return 1
    fi
    local ninja=(ninja -C "$folder" -j "$(nproc)" "$@")
    # Also brings build.ninja up to date, so that the question below is about the sources alone.
    quietly "Configuring build/$preset" ninja -C "$folder" build.ninja || return 1
    if [[ $("${ninja[@]}" -n) == *"no work to do"* ]]; then return 0; fi
    say "Building ($preset); the first time takes some minutes."
    log=$folder/build.log
    : >"$log"
    if ! "${ninja[@]}" </dev/null 2>&1 | show_progress "$log"; then
        grep -vE '^\[[0-9]+/[0-9]+\]|^ninja: ' "$log" | head -n 150 >&2 || :
        warn "The build failed; all of its output is in build/$preset/build.log."
        return 1
    fi
}
