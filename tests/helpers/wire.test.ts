/** What travels between sockets, in a network in which nothing else does, and read by a program that is not ours. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { decode } from "../../helpers/capture/decode";
import { MOST_PACKETS } from "../../helpers/capture/packets";
import { segmentsOf } from "../../helpers/capture/segments";
import { transitionsBy } from "../../helpers/capture/transitions";
import { DISPLAY } from "../../helpers/show/display";
import { createServer, socket } from "../../helpers/socket";
import { type Mark, type Segment as SegmentOf, Segments, wire } from "../../helpers/wire";
import { noNetwork, runInNetwork } from "./peers/network";
import { PYTHON } from "./peers/python";

const skip = noNetwork();

/** As it comes by JSON: octets are an object then. */
type Segment = Omit<SegmentOf, "octets"> & { octets: Record<string, number> };

function scene<Value = Segment[]>(name: string, ...others: string[]): Value {
  return runInNetwork<Value>("wire-scenes.ts", name, ...others);
}

function flags(segments: Segment[]): string[] {
  return segments.map((one) => one.flags.join(" "));
}

function marked(segments: Segment[], mark: Mark): Segment[] {
  return segments.filter(({ marks }) => marks.includes(mark));
}

test("a conversation, segment by segment, with numbers that fit each other", { skip }, () => {
  const { segments, text } = scene<{ segments: Segment[]; text: string }>("conversation");
  const expected = ["SYN", "SYN ACK", "ACK", "PSH ACK", "ACK", "FIN ACK", "FIN ACK", "ACK"];
  // The client's end may acknowledge the server's FIN before it sends its own.
  const first = flags(segments).slice(0, 6);
  assert.deepEqual(first, expected.slice(0, 6));
  const [syn, answer, ack, data, acknowledged, fin] = segments;
  assert.deepEqual(syn.from, ack.from);
  assert.deepEqual(syn.from, answer.to);
  assert.equal(answer.acknowledgement, (syn.sequence + 1) % 2 ** 32);
  assert.equal(ack.acknowledgement, (answer.sequence + 1) % 2 ** 32);
  assert.deepEqual([data.relativeSequence, data.relativeAcknowledgement, data.length], [1, 1, 16]);
  assert.equal(acknowledged.relativeAcknowledgement, 17);
  assert.deepEqual([fin.relativeSequence, fin.relativeAcknowledgement], [1, 17]);
  assert.equal(Buffer.from(Object.values(data.octets)).toString(), "Hi there, server");
  assert.equal(typeof syn.options.mss, "number");
  assert.equal(typeof syn.options.windowScale, "number");
  assert.equal(syn.options.sackPermitted, true);
  assert.equal(answer.options.timestamps?.[1], syn.options.timestamps?.[0]);
  const times = segments.map(({ time }) => time);
  assert.deepEqual(times, times.toSorted());
  assert.ok(Math.abs(times[0] - Date.now()) < 600_000, "the system's clock");
  assert.match(text, /^ms +from +to +segment +seq +ack +window +octets\n0\.000 .* SYN .* MSS \d+;/);
  assert.match(text, /PSH, ACK +1 +1 +\d+ +16 +b'Hi there, server'/);
});

test("IPv6 has the same segments", { skip }, () => {
  const segments = scene("ipv6");
  assert.deepEqual(flags(segments).slice(0, 4), ["SYN", "SYN ACK", "ACK", "PSH ACK"]);
  assert.equal(segments[0].from[0], "::1");
  assert.equal(segments[3].length, 3);
});

for (const [name, protocol] of [
  ["datagram", "ICMP"],
  ["datagram6", "ICMPv6"],
] as const) {
  test(`a ${name} to nobody's port, and ${protocol}'s answer about it`, { skip }, () => {
    const [datagram, error] = scene(name).filter(
      ({ message }) => !/multicast|router/.test(message),
    );
    assert.deepEqual([datagram.protocol, datagram.to[1], datagram.length], ["UDP", 9, 9]);
    assert.deepEqual([error.protocol, error.message], [protocol, "port unreachable"]);
    assert.deepEqual(error.about?.from, datagram.from);
  });
}

test("a datagram that is too long for the cable travels in fragments, or not at all", {
  skip,
}, () => {
  const { received, segments, text, uncut, mtu } = scene<{
    received: number;
    segments: Segment[];
    text: string;
    uncut: string[];
    mtu: number;
  }>("fragments");
  assert.deepEqual([received, uncut, mtu], [4000, ["done", "EMSGSIZE"], 1500]);
  const [whole, ...others] = segments;
  const parts = segments.slice(0, 3);
  assert.deepEqual(
    parts.map(({ length, fragment }) => [length, fragment?.offset, fragment?.more]),
    [
      [1472, 0, true],
      [1480, 1480, true],
      [1048, 2960, false],
    ],
  );
  for (const part of parts) {
    assert.equal(part.fragment?.identification, whole.fragment?.identification);
    assert.deepEqual([part.protocol, part.from, part.to], ["UDP", whole.from, whole.to]);
  }
  assert.deepEqual([others.at(2)?.length, others.at(2)?.fragment], [1472, undefined]);
  assert.match(text, /^ms +from +to +segment +octets\n0\.000 /);
  assert.match(text, /UDP .* 1480 +fragment of \d+ from 1480; b'a/);
  assert.match(text, /UDP .* 1048 +fragment of \d+ from 2960, the last; b'a/);
});

test("the fragments that another program has made are put to their heads", () => {
  const packets = (whole: string) => made(`*[each for each in ${whole}]`);
  for (const whole of [
    `fragment(IP(src="192.0.2.1", dst="192.0.2.2", id=7)/UDP(sport=3, dport=4)/(b"x" * 2000), 1000)`,
    `fragment6(IPv6(src="2001:db8::1", dst="2001:db8::2")/IPv6ExtHdrFragment(id=7)/UDP(sport=3, dport=4)/(b"x" * 2000), 1280)`,
  ]) {
    const segments = segmentsOf(
      packets(whole).map((octets, index) => {
        return { number: index + 1, time: 0n, length: octets.length, octets: octets.slice(0, 96) };
      }),
    );
    assert.equal(
      segments.reduce((sum, { length }) => sum + length, 0),
      2000,
    );
    let offset = 0;
    for (const { fragment, protocol, from, to, length } of segments) {
      assert.deepEqual([protocol, from[1], to[1]], ["UDP", 3, 4]);
      // The head of UDP, of 8 octets, is in the first part.
      const end = offset + length + (offset === 0 ? 8 : 0);
      assert.deepEqual(fragment, { identification: 7, offset, more: end < 2008 });
      offset = end;
    }
    const [, alone] = segments;
    const [rest] = segmentsOf([
      { number: 1, time: 0n, length: 500, octets: packets(whole)[1].slice(0, 96) },
    ]);
    assert.deepEqual(
      [alone.protocol, rest.protocol, rest.message],
      ["UDP", "other", "protocol 17"],
    );
  }
});

test("of one socket, its own segments only", { skip }, () => {
  const segments = scene("ofOne");
  assert.deepEqual(flags(segments), ["PSH ACK", "ACK", "RST ACK"]);
});

test("a delayed acknowledgement is named", { skip }, () => {
  const segments = scene("delayed");
  const [late] = marked(segments, "delayed ACK");
  const data = segments.filter((one) => one.length > 0 && one.time < late.time).at(-1);
  assert.ok(data && late.time - data.time >= 30);
  assert.equal(late.acknowledgement, data.sequence + 1);
});

test("a keepalive probe and its answer are named", { skip }, () => {
  const segments = scene("keepalive");
  const [probe] = marked(segments, "keepalive probe");
  assert.equal(probe.relativeSequence, 0);
  assert.equal(probe.length, 0);
  const [answer] = marked(segments, "keepalive answer");
  assert.deepEqual(answer.from, probe.to);
});

test("a zero window, the probe that asks for more, and the update", { skip }, () => {
  const segments = scene("zeroWindow");
  const [full] = marked(segments, "zero window");
  assert.equal(full.window, 0);
  const [probe] = marked(segments, "zero window probe");
  assert.deepEqual(probe.from, full.to);
  const [update] = marked(segments, "window update");
  assert.deepEqual(update.from, full.from);
  assert.ok(update.window > 0);
  assert.deepEqual(marked(segments, "keepalive probe"), []);
});

test("a SYN that nobody has answered is sent again", { skip }, () => {
  const segments = scene("backlog");
  const [again] = marked(segments, "retransmission");
  assert.deepEqual(again.flags, ["SYN"]);
  const syns = segments.filter(({ sequence }) => sequence === again.sequence);
  assert.deepEqual(
    syns.map(({ marks }) => marks.length),
    [0, 1],
  );
  assert.ok(syns[1].time - syns[0].time > 900, "a second later");
});

test("a capture that was stopped has what came before", { skip }, () => {
  const data = scene("stopped").filter(({ length }) => length > 0);
  assert.deepEqual(
    data.map(({ length }) => length),
    [6],
  );
});

test("wire has all that has travelled, or what a socket has sent and received", { skip }, () => {
  const { all, one } = scene<Record<"all" | "one", Segment[]>>("ofAll");
  assert.deepEqual(flags(all), ["SYN", "SYN ACK", "ACK", "SYN", "SYN ACK", "ACK"]);
  assert.deepEqual(one, all.slice(0, 3));
});

test("the newest segments are kept", { skip }, () => {
  const { length, last, missing } = scene<{ length: number; last: Segment; missing?: string }>(
    "bounded",
  );
  assert.equal(missing, undefined);
  assert.equal(length, MOST_PACKETS);
  assert.ok(last.number > MOST_PACKETS);
});

test("the transitions of states are marked with the segments that caused them", { skip }, () => {
  const { text, svg } = scene<{ text: string; svg: string }>("states");
  const steps = text.split("\n").slice(3);
  assert.deepEqual(
    steps.map((line) => line.replace(/, from .*/, "")),
    [
      "client: CLOSE > SYN_SENT by SYN seq 0",
      "server: LISTEN > SYN_RECV by SYN seq 0",
      "client: SYN_SENT > ESTABLISHED by SYN, ACK seq 0, ack 1",
      "server: SYN_RECV > ESTABLISHED by ACK seq 1, ack 1",
      "client: ESTABLISHED > FIN_WAIT1 by FIN, ACK seq 1, ack 1",
      "server: ESTABLISHED > CLOSE_WAIT by FIN, ACK seq 1, ack 1",
      "client: FIN_WAIT1 > FIN_WAIT2 by ACK seq 1, ack 2",
      "client: FIN_WAIT2 > TIME_WAIT by FIN, ACK seq 1, ack 2",
      "server: CLOSE_WAIT > LAST_ACK by FIN, ACK seq 1, ack 2",
      "server: LAST_ACK > CLOSE by ACK seq 2, ack 2",
    ],
  );
  const marks = [...svg.matchAll(/<circle [^>]*\/><text [^>]*>(\d+)</g)].map(([, one]) => one);
  assert.deepEqual(marks.map(Number).toSorted(), [1, 1, 2, 3, 4, 4, 5, 6, 6, 7]);
});

/** A segment, as far as it changes states: who has sent it, its flags, and the numbers from its SYN on. */
function segment(from: "client" | "server", flags: string, numbers: [seq: number, ack: number]) {
  const ports = { client: 2, server: 1 };
  const address = (side: keyof typeof ports) => ["192.0.2.1", ports[side]] as const;
  return {
    from: address(from),
    to: address(from === "client" ? "server" : "client"),
    flags: flags.split(" "),
    relativeSequence: numbers[0],
    relativeAcknowledgement: numbers[1],
    length: 0,
  } as unknown as SegmentOf;
}

const HANDSHAKE = [
  segment("client", "SYN", [0, 0]),
  segment("server", "SYN ACK", [0, 1]),
  segment("client", "ACK", [1, 1]),
];

for (const [name, more, expected] of [
  [
    "both close at the same time",
    [
      segment("client", "FIN ACK", [1, 1]),
      segment("server", "FIN ACK", [1, 1]),
      segment("server", "ACK", [2, 2]),
      segment("client", "ACK", [2, 2]),
    ],
    ["FIN_WAIT1", "CLOSING", "TIME_WAIT"],
  ],
  [
    "a FIN that acknowledges one",
    [segment("client", "FIN ACK", [1, 1]), segment("server", "FIN ACK", [1, 2])],
    ["FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT"],
  ],
  ["a reset", [segment("server", "RST ACK", [1, 1])], ["CLOSE"]],
] as const) {
  test(`the client's states where there is ${name}`, () => {
    const transitions = transitionsBy([...HANDSHAKE, ...more]);
    const states = transitions.filter(({ role }) => role === "client").map(({ to }) => to);
    assert.deepEqual(states, ["SYN_SENT", "ESTABLISHED", ...expected]);
  });
}

/** What scapy reads in a file, in the words of a segment. */
function scapy(file: string): unknown[] {
  const program = `
import json, sys
from scapy.all import IP, IPv6, TCP, UDP, ICMP, rdpcap
def read(packet):
    ip = packet[IP] if IP in packet else packet[IPv6]
    if TCP in packet:
        tcp = packet[TCP]
        options = {name: value for name, value in tcp.options}
        return [float(packet.time), ip.src, ip.dst, tcp.sport, tcp.dport, "TCP", int(tcp.flags), tcp.seq,
                packet.wirelen, options.get("MSS"), options.get("Timestamp")]
    return [float(packet.time), ip.src, ip.dst, ip.sport if UDP in packet else 0, ip.dport if UDP in packet else 0,
            "UDP" if UDP in packet else "ICMP" if ICMP in packet else "other", 0, 0, packet.wirelen, None, None]
print(json.dumps([read(packet) for packet in rdpcap(sys.argv[1])]))`;
  return JSON.parse(execFileSync(PYTHON, ["-c", program, file], { encoding: "utf8" }));
}

const BITS = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"];

test("another program reads the same from the file that save has written", { skip }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), "wire-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "x.pcapng");
  const segments = scene("saved", file).filter(({ protocol }) => protocol !== "ICMPv6");
  const theirs = (
    scapy(file) as [
      number,
      string,
      string,
      number,
      number,
      string,
      number,
      number,
      number,
      number | null,
      number[] | null,
    ][]
  ).filter((packet) => packet[5] !== "other");
  assert.ok(segments.length >= 12);
  assert.equal(theirs.length, segments.length);
  for (const [
    index,
    [time, from, to, sport, dport, protocol, bits, seq, length, mss, stamps],
  ] of theirs.entries()) {
    const segment = segments[index];
    assert.ok(Math.abs(time * 1000 - segment.time) < 0.01);
    assert.deepEqual(
      [segment.from, segment.to],
      [
        [from, sport],
        [to, dport],
      ],
    );
    assert.equal(segment.protocol, protocol);
    assert.deepEqual(
      segment.flags,
      BITS.filter((_, bit) => (bits >> bit) & 1),
    );
    assert.equal(segment.sequence, seq);
    assert.equal(segment.options.mss ?? null, mss);
    assert.deepEqual(segment.options.timestamps ?? null, stamps);
    assert.ok(length >= segment.length + 28);
  }
});

/** Packets that scapy makes, in hexadecimal. */
function made(...expressions: string[]): Uint8Array[] {
  const program = `
from scapy.all import *
for packet in [${expressions.join(", ")}]: print(bytes(packet).hex())`;
  const output = execFileSync(PYTHON, ["-c", program], { encoding: "utf8" });
  return output
    .trim()
    .split("\n")
    .map((line) => Uint8Array.from(Buffer.from(line, "hex")));
}

test("an acknowledgement that a FIN has overtaken, and the reset that ends TIME_WAIT", () => {
  const [client, server] = ["sport=2, dport=1", "sport=1, dport=2"];
  const packets = made(
    ...[
      [client, "S", 0, 0],
      [server, "SA", 0, 1],
      [client, "A", 1, 1],
      [client, "FA", 1, 1],
      [server, "FA", 1, 2],
      [client, "A", 2, 2],
      [server, "A", 1, 2],
      [client, "A", 2, 2],
      [server, "R", 2, 0],
    ].map(
      ([ports, flags, seq, ack]) => `IP()/TCP(${ports}, flags="${flags}", seq=${seq}, ack=${ack})`,
    ),
  );
  const segments = segmentsOf(
    packets.map((octets, index) => {
      return { number: index + 1, time: BigInt(index), length: octets.length, octets };
    }),
  );
  const told = segments.map(({ marks }) => marks.join());
  const expected = ["", "", "", "", "", "", "out of order", "", "TIME-WAIT assassination"];
  assert.deepEqual(told, expected);
});

test("packets that another program has made are decoded", () => {
  const [options, sack, extended, fragment, quoted, six] = made(
    `IP(src="192.0.2.1", dst="192.0.2.2", options=[IPOption(b"\\x83\\x03\\x10")])/TCP(sport=1, dport=2, flags="SEC", seq=7, window=9, options=[("NOP", None), ("MSS", 1460), ("WScale", 7), ("SAckOK", b"")])/b"data"`,
    `IP(src="192.0.2.1", dst="192.0.2.2")/TCP(flags="A", ack=5, options=[("SAck", (10, 20, 30, 40)), ("Timestamp", (1, 2))])`,
    `IPv6(src="2001:db8::1", dst="2001:db8::2")/IPv6ExtHdrHopByHop()/IPv6ExtHdrDestOpt()/UDP(sport=3, dport=4)/b"xyz"`,
    `IP(src="192.0.2.1", dst="192.0.2.2", frag=100, proto=6)/(b"x" * 40)`,
    `IP(src="192.0.2.9", dst="192.0.2.1")/ICMP(type=3, code=1)/IP(src="192.0.2.1", dst="192.0.2.2")/TCP(sport=1, dport=2, seq=3)`,
    `IPv6(src="2001:db8::1", dst="2001:db8::2")/ICMPv6EchoRequest(data=b"hello")`,
  ).map((octets) => decode(octets));
  assert.deepEqual(options && { ...options, data: Buffer.from(options.data).toString() }, {
    from: "192.0.2.1",
    to: "192.0.2.2",
    protocolNumber: 6,
    carried: {
      protocol: "TCP",
      ports: [1, 2],
      flags: ["SYN", "ECE", "CWR"],
      sequence: 7,
      acknowledgement: 0,
      window: 9,
      options: { mss: 1460, windowScale: 7, sackPermitted: true },
    },
    fragment: undefined,
    length: 4,
    data: "data",
  });
  assert.ok(sack?.carried?.protocol === "TCP");
  assert.deepEqual(sack.carried.options, {
    sack: [
      [10, 20],
      [30, 40],
    ],
    timestamps: [1, 2],
  });
  assert.deepEqual(extended?.carried, { protocol: "UDP", ports: [3, 4] });
  assert.equal(extended?.length, 3);
  assert.equal(fragment?.carried, undefined);
  assert.deepEqual(fragment?.fragment, { identification: 1, offset: 800, more: false });
  assert.ok(quoted?.carried?.protocol === "ICMP");
  assert.equal(quoted.carried.message, "host unreachable");
  assert.deepEqual(quoted.carried.about?.carried?.protocol, "TCP");
  assert.ok(six?.carried?.protocol === "ICMPv6");
  assert.deepEqual([six.carried.message, six.length], ["echo request", 5]);
});

test("whatever octets come, decoding reaches no others and throws nothing", () => {
  const whole = made(
    `IP()/TCP(options=[("MSS", 1460), ("SAck", (1, 2))])/b"data"`,
    `IPv6()/IPv6ExtHdrFragment()/TCP()/b"data"`,
    `IP()/ICMP(type=3)/IP()/UDP()`,
  );
  for (const octets of whole) {
    for (let length = 0; length <= octets.byteLength; length++) decode(octets.slice(0, length));
    for (let at = 0; at < octets.byteLength; at++) {
      for (const value of [0, 1, 2, 0x4f, 0x7f, 0xff]) decode(octets.with(at, value));
    }
  }
});

test("without a network of its own, there are no segments, and it says why", async (t: TestContext) => {
  const listener = await createServer(["127.0.0.1", 0]);
  t.after(() => listener.close());
  const segments = await wire(listener);
  assert.ok(segments instanceof Segments);
  assert.equal(segments.length, 0);
  assert.match(segments.missing ?? "", /^What travels is not seen: .*make doctor/);
  assert.deepEqual(segments[DISPLAY](), { "text/plain": `no segments\n\n${segments.missing}` });
});

test("a socket without an address has no segments to be asked for", async () => {
  const sock = socket();
  await assert.rejects(wire(sock), {
    name: "RangeError",
    message: /after bind, connect or accept/,
  });
  sock.close();
});
