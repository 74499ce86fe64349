#!/bin/sh
# Installs what `make dev`, `make test` or `make race` needs and this machine lacks, and nothing else.
set -eu

want=$1
os=$(uname -s)
missing=

# need COMMAND APT-PACKAGE BREW-PACKAGE
need() {
	command -v "$1" >/dev/null 2>&1 && return
	case $os in
	Darwin) missing="$missing $3" ;;
	*) missing="$missing $2" ;;
	esac
}

# PostgreSQL's server programs are seldom in PATH.
have_postgres() {
	command -v initdb >/dev/null 2>&1 && return
	for d in /usr/lib/postgresql/*/bin /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin; do
		[ -x "$d/initdb" ] && return
	done
	return 1
}

have_postgres || case $os in
Darwin) missing="$missing postgresql@17" ;;
*) missing="$missing postgresql" ;;
esac

if [ "$want" = test ]; then
	command -v chromium >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 || need chromium chromium chromium
	need pdftotext poppler-utils poppler
	need qpdf qpdf qpdf
	need zbarimg zbar-tools zbar
	need curl curl curl
	need xz xz-utils xz
	command -v heif-dec >/dev/null 2>&1 || need heif-convert libheif-examples libheif
	# The virus scanner's daemon, without its makers' signatures: tests bring one of their own.
	[ -x /usr/sbin/clamd ] || [ -x /opt/homebrew/sbin/clamd ] || need clamd clamav-daemon clamav
	# Letters and emoji for the browser's pictures, where a page's own font does not reach.
	if [ "$os" = Linux ] && command -v dpkg >/dev/null 2>&1; then
		for font in fonts-noto-core fonts-noto-color-emoji; do
			dpkg -s "$font" >/dev/null 2>&1 || missing="$missing $font"
		done
	fi
fi

# The race detector is written in C.
if [ "$want" = race ]; then
	command -v "$(go env CC)" >/dev/null 2>&1 || need gcc "gcc libc6-dev" gcc
fi

[ -z "$missing" ] && exit 0

echo "Installing what is missing:$missing"
if [ "$os" = Darwin ]; then
	# shellcheck disable=SC2086 # a list of packages
	brew install $missing
	exit
fi
if ! command -v apt-get >/dev/null 2>&1; then
	echo "This machine has no apt-get. Please install with its own package manager:$missing" >&2
	exit 1
fi
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq
# shellcheck disable=SC2086 # a list of packages
$sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
