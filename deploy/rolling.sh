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

$compose up --detach --no-deps --no-recreate --scale "$service=$((count * 2))" "$service"
for new in $($compose ps --quiet "$service" | grep -vxF "$old"); do
    until [ "$(docker inspect --format '{{.State.Health.Status}}' "$new")" = healthy ]; do
        wait_secs=$((wait_secs - 1))
        if [ "$wait_secs" -le 0 ]; then
            echo "The new $service does not become healthy; the old ones go on."
            docker stop "$new" && docker rm "$new"
            exit 1
        fi
        sleep 1
    done
done
for each in $old; do
    # Docker waits as long as the service's stop_grace_period says.
    docker stop "$each" && docker rm "$each"
done
