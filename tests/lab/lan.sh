#!/bin/bash
# A local network in one machine: network namespaces on a bridge, with no route to anywhere else. Needs root.
#   lan.sh up N PREFIX       a switch PREFIX-sw and hosts PREFIX1..PREFIXN, 10.77.0.1/24 onwards on eth0
#   lan.sh cut I PREFIX      pulls the cable of host I;  lan.sh heal I PREFIX  plugs it in again
#   lan.sh apart I PREFIX    moves host I to a second switch;  lan.sh back I PREFIX  to the first again
#   lan.sh lose P PREFIX     loses P of 100 packets at random, each way; 0: none. Needs nft
#   lan.sh down PREFIX       ends what runs in them and removes them; fine when there are none
# Run a program on a host with: ip netns exec PREFIX1 COMMAND
set -eu
verb=${1:?up, cut, heal, apart, back, lose or down}
prefix=${!#}
switch=$prefix-sw

up() {
  local count=$1 i host
  ip netns add "$switch"
  ip -n "$switch" link set lo up
  # No learning delay and no snooping: a broadcast must pass from the first second.
  for i in bridge aside; do
    ip -n "$switch" link add "$i" type bridge forward_delay 0 mcast_snooping 0
    ip -n "$switch" link set "$i" up
  done
  for ((i = 1; i <= count; i++)); do
    host=$prefix$i
    ip netns add "$host"
    # Addresses are usable at once instead of after a second of looking for duplicates.
    ip netns exec "$host" sysctl -qw net.ipv6.conf.default.accept_dad=0
    ip -n "$switch" link add "port$i" type veth peer name eth0 netns "$host"
    ip -n "$switch" link set "port$i" master bridge up
    ip -n "$host" link set lo up
    ip -n "$host" link set eth0 up
    ip -n "$host" addr add "10.77.0.$i/24" brd + dev eth0
  done
}

down() {
  local name
  for name in $(ip netns list | awk '{print $1}' | grep -E "^$prefix([0-9]+|-sw)\$" || true); do
    ip netns pids "$name" | xargs -r kill -9
    ip netns del "$name"
  done
}

lose() {
  ip netns exec "$switch" nft flush ruleset
  (($1 == 0)) || ip netns exec "$switch" nft -f - <<RULES
table bridge loss {
  chain forward {
    type filter hook forward priority 0; policy accept;
    numgen random mod 100 < $1 drop
  }
}
RULES
}

case $verb in
  up) up "$2" ;;
  cut) ip -n "$switch" link set "port$2" down ;;
  heal) ip -n "$switch" link set "port$2" up ;;
  apart) ip -n "$switch" link set "port$2" master aside ;;
  back) ip -n "$switch" link set "port$2" master bridge ;;
  lose) lose "$2" ;;
  down) down ;;
  *) echo "lan.sh: unknown verb $verb" >&2; exit 2 ;;
esac
