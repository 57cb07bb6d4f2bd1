#!/bin/sh
# The secret goes to a file: a command line shows it to everybody on the machine.
set -eu
: "${TURN_SECRET:?TURN_SECRET must be set in .env}"
umask 077
cat > /tmp/turnserver.conf <<CONF
listening-port=3478
min-port=49160
max-port=49999
realm=${TURN_REALM}
use-auth-secret
static-auth-secret=${TURN_SECRET}
fingerprint
no-cli
no-tls
no-dtls
no-multicast-peers
user-quota=12
total-quota=600
log-file=stdout
simple-log
CONF
exec turnserver -c /tmp/turnserver.conf
