/**
 * The numbers behind POSIX's names, on Linux and on macOS, under the names that Python's `socket` module gives them.
 *
 * `on(linux, darwin)` is the value on the running system, and its type is the literal numbers. A name that one of
 * the two does not know is undefined there; the type says so, and the compiler asks.
 *
 * @module
 */

"use deferred interrupts";

import { isDarwin } from "./platform";

function on<const Linux, const Darwin>(linux: Linux, mac: Darwin): Linux | Darwin {
  return isDarwin ? mac : linux;
}

// Address families, the first argument of socket(2).
export const AF_UNSPEC = on(0, 0);
export const AF_UNIX = on(1, 1);
export const AF_INET = on(2, 2);
export const AF_AX25 = on(3, undefined);
export const AF_IPX = on(4, 23);
export const AF_APPLETALK = on(5, 16);
export const AF_NETROM = on(6, undefined);
export const AF_BRIDGE = on(7, undefined);
export const AF_ATMPVC = on(8, undefined);
export const AF_X25 = on(9, undefined);
export const AF_INET6 = on(10, 30);
export const AF_ROSE = on(11, undefined);
export const AF_DECnet = on(12, 12);
export const AF_NETBEUI = on(13, undefined);
export const AF_SECURITY = on(14, undefined);
export const AF_KEY = on(15, undefined);
export const AF_NETLINK = on(16, undefined);
export const AF_ROUTE = on(16, 17);
export const AF_PACKET = on(17, undefined);
export const AF_ASH = on(18, undefined);
export const AF_ECONET = on(19, undefined);
export const AF_ATMSVC = on(20, undefined);
export const AF_RDS = on(21, undefined);
export const AF_SNA = on(22, 11);
export const AF_IRDA = on(23, undefined);
export const AF_PPPOX = on(24, undefined);
export const AF_WANPIPE = on(25, undefined);
export const AF_LLC = on(26, undefined);
export const AF_CAN = on(29, undefined);
export const AF_TIPC = on(30, undefined);
export const AF_ALG = on(38, undefined);
export const AF_VSOCK = on(40, undefined);
export const AF_QIPCRTR = on(42, undefined);
export const AF_LINK = on(undefined, 18);
export const AF_SYSTEM = on(undefined, 32);

// Types of socket, the second argument. On Linux the two flags may be joined to it by `|`.
export const SOCK_STREAM = on(1, 1);
export const SOCK_DGRAM = on(2, 2);
export const SOCK_RAW = on(3, 3);
export const SOCK_RDM = on(4, 4);
export const SOCK_SEQPACKET = on(5, 5);
export const SOCK_NONBLOCK = on(0x800, undefined);
export const SOCK_CLOEXEC = on(0x80000, undefined);

// Protocols, the third argument, and levels of options.
export const IPPROTO_HOPOPTS = on(0, 0);
export const IPPROTO_IP = on(0, 0);
export const IPPROTO_ICMP = on(1, 1);
export const IPPROTO_IGMP = on(2, 2);
export const IPPROTO_IPIP = on(4, 4);
export const IPPROTO_TCP = on(6, 6);
export const IPPROTO_EGP = on(8, 8);
export const IPPROTO_PUP = on(12, 12);
export const IPPROTO_UDP = on(17, 17);
export const IPPROTO_IDP = on(22, 22);
export const IPPROTO_TP = on(29, 29);
export const IPPROTO_IPV6 = on(41, 41);
export const IPPROTO_ROUTING = on(43, 43);
export const IPPROTO_FRAGMENT = on(44, 44);
export const IPPROTO_RSVP = on(46, 46);
export const IPPROTO_GRE = on(47, 47);
export const IPPROTO_ESP = on(50, 50);
export const IPPROTO_AH = on(51, 51);
export const IPPROTO_ICMPV6 = on(58, 58);
export const IPPROTO_NONE = on(59, 59);
export const IPPROTO_DSTOPTS = on(60, 60);
export const IPPROTO_PIM = on(103, 103);
export const IPPROTO_SCTP = on(132, 132);
export const IPPROTO_UDPLITE = on(136, undefined);
export const IPPROTO_RAW = on(255, 255);
export const IPPROTO_MPTCP = on(262, undefined);
export const IPPROTO_GGP = on(undefined, 3);
export const IPPROTO_IPV4 = on(undefined, 4);
export const IPPROTO_XTP = on(undefined, 36);
export const IPPROTO_HELLO = on(undefined, 63);
export const IPPROTO_ND = on(undefined, 77);
export const IPPROTO_EON = on(undefined, 80);
export const IPPROTO_IPCOMP = on(undefined, 108);
export const IPPROTO_MAX = on(undefined, 256);

// Levels of options, the first argument of setsockopt(2).
export const SOL_SOCKET = on(1, 0xffff);
export const SOL_IP = on(0, 0);
export const SOL_TCP = on(6, 6);
export const SOL_UDP = on(17, 17);

// Options of any socket, see socket(7).
export const SO_DEBUG = on(1, 0x1);
export const SO_REUSEADDR = on(2, 0x4);
export const SO_TYPE = on(3, 0x1008);
export const SO_ERROR = on(4, 0x1007);
export const SO_DONTROUTE = on(5, 0x10);
export const SO_BROADCAST = on(6, 0x20);
export const SO_SNDBUF = on(7, 0x1001);
export const SO_RCVBUF = on(8, 0x1002);
export const SO_KEEPALIVE = on(9, 0x8);
export const SO_OOBINLINE = on(10, 0x100);
export const SO_PRIORITY = on(12, undefined);
export const SO_LINGER = on(13, 0x80);
export const SO_REUSEPORT = on(15, 0x200);
export const SO_PASSCRED = on(16, undefined);
export const SO_PEERCRED = on(17, undefined);
export const SO_RCVLOWAT = on(18, 0x1004);
export const SO_SNDLOWAT = on(19, 0x1003);
export const SO_RCVTIMEO = on(20, 0x1006);
export const SO_SNDTIMEO = on(21, 0x1005);
export const SO_BINDTODEVICE = on(25, undefined);
export const SO_ACCEPTCONN = on(30, 0x2);
export const SO_PEERSEC = on(31, undefined);
export const SO_PASSSEC = on(34, undefined);
export const SO_MARK = on(36, undefined);
export const SO_PROTOCOL = on(38, undefined);
export const SO_DOMAIN = on(39, undefined);
export const SO_INCOMING_CPU = on(49, undefined);
export const SO_USELOOPBACK = on(undefined, 0x40);

// Options of TCP, see tcp(7). On macOS TCP_KEEPALIVE is what TCP_KEEPIDLE is on Linux.
export const TCP_NODELAY = on(1, 1);
export const TCP_MAXSEG = on(2, 2);
export const TCP_CORK = on(3, undefined);
export const TCP_KEEPIDLE = on(4, undefined);
export const TCP_KEEPINTVL = on(5, 0x101);
export const TCP_KEEPCNT = on(6, 0x102);
export const TCP_SYNCNT = on(7, undefined);
export const TCP_LINGER2 = on(8, undefined);
export const TCP_DEFER_ACCEPT = on(9, undefined);
export const TCP_WINDOW_CLAMP = on(10, undefined);
export const TCP_INFO = on(11, undefined);
export const TCP_QUICKACK = on(12, undefined);
export const TCP_CONGESTION = on(13, undefined);
export const TCP_USER_TIMEOUT = on(18, undefined);
export const TCP_FASTOPEN = on(23, 0x105);
export const TCP_NOTSENT_LOWAT = on(25, 0x201);
export const TCP_KEEPALIVE = on(undefined, 0x10);
export const TCP_CONNECTION_INFO = on(undefined, 0x106);

// Options of IPv4, see ip(7).
export const IP_DEFAULT_MULTICAST_LOOP = on(1, 1);
export const IP_DEFAULT_MULTICAST_TTL = on(1, 1);
export const IP_TOS = on(1, 3);
export const IP_TTL = on(2, 4);
export const IP_HDRINCL = on(3, 2);
export const IP_OPTIONS = on(4, 1);
export const IP_RECVOPTS = on(6, 5);
export const IP_RECVRETOPTS = on(7, 6);
export const IP_RETOPTS = on(7, 8);
export const IP_MTU_DISCOVER = on(10, undefined);
export const IP_MTU = on(14, undefined);
export const IP_RECVTOS = on(13, 27);
export const IP_TRANSPARENT = on(19, undefined);
export const IP_MAX_MEMBERSHIPS = on(20, 4095);
export const IP_BIND_ADDRESS_NO_PORT = on(24, undefined);
export const IP_MULTICAST_IF = on(32, 9);
export const IP_MULTICAST_TTL = on(33, 10);
export const IP_MULTICAST_LOOP = on(34, 11);
export const IP_ADD_MEMBERSHIP = on(35, 12);
export const IP_DROP_MEMBERSHIP = on(36, 13);
export const IP_RECVDSTADDR = on(undefined, 7);

// Values of IP_MTU_DISCOVER: whether a packet that is too long for the way is cut, see ip(7).
export const IP_PMTUDISC_DONT = on(0, undefined);
export const IP_PMTUDISC_WANT = on(1, undefined);
export const IP_PMTUDISC_DO = on(2, undefined);
export const IP_PMTUDISC_PROBE = on(3, undefined);

// Options of IPv6, see ipv6(7) and RFC 3542.
export const IPV6_RTHDR_TYPE_0 = on(0, 0);
export const IPV6_CHECKSUM = on(7, 26);
export const IPV6_NEXTHOP = on(9, 48);
export const IPV6_UNICAST_HOPS = on(16, 4);
export const IPV6_MULTICAST_IF = on(17, 9);
export const IPV6_MULTICAST_HOPS = on(18, 10);
export const IPV6_MULTICAST_LOOP = on(19, 11);
export const IPV6_JOIN_GROUP = on(20, 12);
export const IPV6_LEAVE_GROUP = on(21, 13);
export const IPV6_V6ONLY = on(26, 27);
export const IPV6_RECVPKTINFO = on(49, 61);
export const IPV6_PKTINFO = on(50, 46);
export const IPV6_RECVHOPLIMIT = on(51, 37);
export const IPV6_HOPLIMIT = on(52, 47);
export const IPV6_RECVHOPOPTS = on(53, 39);
export const IPV6_HOPOPTS = on(54, 49);
export const IPV6_RTHDRDSTOPTS = on(55, 57);
export const IPV6_RECVRTHDR = on(56, 38);
export const IPV6_RTHDR = on(57, 51);
export const IPV6_RECVDSTOPTS = on(58, 40);
export const IPV6_DSTOPTS = on(59, 50);
export const IPV6_RECVPATHMTU = on(60, 43);
export const IPV6_PATHMTU = on(61, 44);
export const IPV6_DONTFRAG = on(62, 62);
export const IPV6_RECVTCLASS = on(66, 35);
export const IPV6_TCLASS = on(67, 36);
export const IPV6_USE_MIN_MTU = on(undefined, 42);

// Flags of recv(2) and send(2).
export const MSG_OOB = on(0x1, 0x1);
export const MSG_PEEK = on(0x2, 0x2);
export const MSG_DONTROUTE = on(0x4, 0x4);
export const MSG_CTRUNC = on(0x8, 0x20);
export const MSG_TRUNC = on(0x20, 0x10);
export const MSG_DONTWAIT = on(0x40, 0x80);
export const MSG_EOR = on(0x80, 0x8);
export const MSG_WAITALL = on(0x100, 0x40);
export const MSG_CONFIRM = on(0x800, undefined);
export const MSG_ERRQUEUE = on(0x2000, undefined);
export const MSG_NOSIGNAL = on(0x4000, 0x80000);
export const MSG_MORE = on(0x8000, undefined);
export const MSG_FASTOPEN = on(0x20000000, undefined);
export const MSG_EOF = on(undefined, 0x100);
export const MSG_CMSG_CLOEXEC = on(0x40000000, undefined);

// How to shut down, see shutdown(2).
export const SHUT_RD = on(0, 0);
export const SHUT_WR = on(1, 1);
export const SHUT_RDWR = on(2, 2);

// What to look for, and errors, of getaddrinfo(3).
export const AI_PASSIVE = on(0x1, 0x1);
export const AI_CANONNAME = on(0x2, 0x2);
export const AI_NUMERICHOST = on(0x4, 0x4);
export const AI_V4MAPPED = on(0x8, 0x800);
export const AI_ALL = on(0x10, 0x100);
export const AI_ADDRCONFIG = on(0x20, 0x400);
export const AI_NUMERICSERV = on(0x400, 0x1000);
export const AI_V4MAPPED_CFG = on(undefined, 0x200);
export const AI_DEFAULT = on(undefined, 0x600);
export const EAI_OVERFLOW = on(-12, 14);
export const EAI_SYSTEM = on(-11, 11);
export const EAI_MEMORY = on(-10, 6);
export const EAI_ADDRFAMILY = on(-9, 1);
export const EAI_SERVICE = on(-8, 9);
export const EAI_SOCKTYPE = on(-7, 10);
export const EAI_FAMILY = on(-6, 5);
export const EAI_NODATA = on(-5, 7);
export const EAI_FAIL = on(-4, 4);
export const EAI_AGAIN = on(-3, 2);
export const EAI_NONAME = on(-2, 8);
export const EAI_BADFLAGS = on(-1, 3);
export const EAI_BADHINTS = on(undefined, 12);
export const EAI_PROTOCOL = on(undefined, 13);
export const EAI_MAX = on(undefined, 15);

// IPv4 addresses as numbers, in the order of the host: 0x7f000001 is "127.0.0.1".
export const INADDR_ANY = on(0, 0);
export const INADDR_LOOPBACK = on(0x7f000001, 0x7f000001);
export const INADDR_UNSPEC_GROUP = on(0xe0000000, 0xe0000000);
export const INADDR_ALLHOSTS_GROUP = on(0xe0000001, 0xe0000001);
export const INADDR_MAX_LOCAL_GROUP = on(0xe00000ff, 0xe00000ff);
export const INADDR_BROADCAST = on(0xffffffff, 0xffffffff);
export const INADDR_NONE = on(0xffffffff, 0xffffffff);

// The most that listen(2) keeps waiting, and the first ports that need no privilege.
export const SOMAXCONN = on(4096, 128);
export const IPPORT_RESERVED = on(1024, 1024);
export const IPPORT_USERRESERVED = on(5000, 5000);
