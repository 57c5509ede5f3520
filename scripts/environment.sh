#!/bin/sh
# Makes the local environment, or says what to install for it.
#   sh scripts/environment.sh PYTHON FOLDER
set -eu
python=$1
folder=$2

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "matchcut needs Python 3.11 or newer; \`$python\` is not it." >&2
    echo "Name another one, as in: make film PYTHON=python3.12" >&2
    exit 1
fi
if "$python" -m venv "$folder" 2>/dev/null; then
    exit 0
fi
rm -rf "$folder"
# Debian keeps the part of Python that makes environments in a package of its own.
package="python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing $package, which Python needs to make an environment."
    apt-get update -qq && apt-get install -y -qq "$package"
    exec "$python" -m venv "$folder"
fi
echo "Python cannot make an environment here: on Debian, the package $package is missing." >&2
echo "Install it as root (apt-get install $package), then run the same command again." >&2
exit 1
