#!/bin/sh
# Tests of a shared database start a PostgreSQL of their own; here is where it comes from.
set -u
for found in /usr/lib/postgresql/*/bin/postgres "$(command -v postgres 2>/dev/null)"; do
    if [ -x "$found" ]; then
        exit 0
    fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing PostgreSQL, which tests of a shared database start."
    export DEBIAN_FRONTEND=noninteractive
    # Only the programs: no cluster of the machine's own is made or started.
    mkdir -p /etc/postgresql-common
    if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
        echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.conf
    fi
    if apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql; then
        exit 0
    fi
fi
echo "There is no PostgreSQL here, so tests of a shared database are skipped." >&2
echo "On Debian: apt-get install postgresql, as root." >&2
