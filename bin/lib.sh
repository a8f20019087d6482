# shellcheck shell=bash
# Sourced by bin/run and bin/test: installs what the machine lacks, and says so. Quiet when nothing is missing.

has() { command -v "$1" >/dev/null 2>&1; }
say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$@"; exit 1; }

as_root() {
  if ((EUID == 0)); then
    "$@"
  elif has sudo; then
    sudo "$@"
  else
    die "root is needed for: $*. Run that as root, then start again."
  fi
}

# install WHAT, then the packages that it is in, separated by spaces: of Debian and Ubuntu, of Fedora, of Homebrew.
install() {
  local -a packages
  read -ra packages <<<"$2"
  has apt-get || die "$1 is missing. Install it, for example with 'dnf install $3' or 'brew install $4', then start again."
  say "$1 is missing; installing ${packages[*]} with apt-get"
  if [[ -z ${lists_are_fresh-} ]]; then
    as_root apt-get -qq update
    lists_are_fresh=yes
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "${packages[@]}" </dev/null >/dev/null ||
    die "apt-get could not install ${packages[*]}. Install $1 in another way, then start again."
}

# Whether kith will find a server: on the PATH (a link counts where it leads to the server's folder) or where packages put it.
has_postgres() {
  local folder program
  local -a folders
  IFS=: read -ra folders <<<"$PATH"
  folders+=(/usr/lib/postgresql/*/bin /usr/lib/postgresql*/bin /usr/pgsql-*/bin /usr/libexec/postgresql*
    {/opt/homebrew,/usr/local,/home/linuxbrew/.linuxbrew}/opt/postgresql@*/bin)
  for folder in "${folders[@]}"; do
    program=$(readlink -f "$folder/postgres") || continue
    [[ -x $program && -x ${program%/*}/initdb ]] && return
  done
  return 1
}

# Debian starts a server of its own beside a new postgresql; kith has no use for one, so it is told not to.
install_postgres() {
  local clusters=/etc/postgresql-common/createcluster.conf
  install "PostgreSQL" postgresql-common "postgresql-server postgresql-contrib" postgresql@17
  as_root pg_conftool "$clusters" set create_main_cluster off
  install "PostgreSQL" postgresql
  as_root pg_conftool "$clusters" remove create_main_cluster
}

has_chromium() {
  [[ -n ${CHROMIUM-} ]] || has chromium || has chromium-browser || has google-chrome
}

need_to_build() {
  has cargo || die "cargo is missing. Get Rust from https://rustup.rs, open a new shell, then start again."
  has cc || install "A C compiler" "gcc libc6-dev" gcc gcc
  # For TLS to Postgres.
  { has pkg-config && pkg-config --exists openssl; } ||
    install "OpenSSL's development files" "libssl-dev pkg-config" "openssl-devel pkgconf" "openssl@3 pkgconf"
}

need_postgres() {
  has_postgres || install_postgres
}
