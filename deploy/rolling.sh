#!/bin/sh
# Replaces the containers of one service by containers of the new image: the new ones
# take over before the old ones are stopped, one after the other.
#   GIT_SHA=abc123 deploy/rolling.sh bot
set -eu
service=${1:?name a service: api, worker or bot}
compose="docker compose -f ${COMPOSE_FILE:-docker-compose.prod.yml}"
wait_secs=${WAIT_SECS:-120}

old=$($compose ps --quiet "$service")
[ -n "$old" ] || { echo "No $service runs: use up -d."; exit 1; }
count=$(echo "$old" | wc -l)
before=$($compose ps --all --quiet "$service")

$compose up --detach --no-deps --no-recreate --scale "$service=$((count * 2))" "$service"
# All of them: one that has crashed already is not among those that run.
new=$($compose ps --all --quiet "$service" | grep -vxF "$before") || {
    echo "No new $service was made; the old ones go on."
    exit 1
}
for each in $new; do
    until [ "$(docker inspect --format '{{.State.Health.Status}}' "$each")" = healthy ]; do
        wait_secs=$((wait_secs - 1))
        if [ "$wait_secs" -le 0 ]; then
            echo "The new $service does not become healthy; the old ones go on."
            for failed in $new; do docker stop "$failed" && docker rm "$failed"; done
            exit 1
        fi
        sleep 1
    done
done
for each in $old; do
    # Docker waits as long as the service's stop_grace_period says.
    docker stop "$each" && docker rm "$each"
done
