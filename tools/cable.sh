# Joins the network of a process to this one by a cable, a veth(4) pair, and prints the address of either end:
#
#     sh cable.sh PID NAME NUMBER
#
# The cable is called NAME there, and to-NAME here. The addresses are those that RFC 5737 keeps free for examples.
set -e
near=192.0.2.$((4 * $3 + 1))
far=192.0.2.$((4 * $3 + 2))
# Whoever had that name before may not be gone yet.
ip link delete "to-$2" 2>/dev/null || true
ip link add "to-$2" type veth peer name "$2" address 02:00:00:00:00:02 netns "$1"
# Nothing but what is asked for travels on it.
ip link set "to-$2" addrgenmode none
ip address add "$near/30" dev "to-$2"
ip link set "to-$2" up
# As if a router stood between: it goes on taking what is sent, whether or not somebody is there to get it.
ip neighbour add "$far" lladdr 02:00:00:00:00:02 dev "to-$2" nud permanent
echo "$near $far"
