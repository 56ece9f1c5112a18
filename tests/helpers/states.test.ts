/** The states that a connection is seen in, against what the system does. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { State } from "../../helpers/netstat";
import { passed, TRANSITIONS } from "../../helpers/posix/tcp-states";
import { DISPLAY } from "../../helpers/show/display";
import { SO_LINGER, SOCK_DGRAM, SOL_SOCKET, socket } from "../../helpers/socket";
import { type States, tcpStates } from "../../helpers/states";
import { tcpInfo } from "../../helpers/tcp-info";
import { connection, pair } from "./peers/connection";
import { Python } from "./peers/python";
import { until } from "./peers/until";

/** Looks until both ends are in these states: the system may need a moment. */
async function reach(states: States, server: State, client: State): Promise<void> {
  await until(() => {
    const now = states.look();
    return now.server === server && now.client === client;
  });
}

test("from nothing to TIME_WAIT, at both ends", async (t) => {
  const [listening, client] = [socket(), socket()];
  t.after(() => [listening, client].map((sock) => sock.close()));
  const states = tcpStates(listening, client);
  assert.deepEqual(states.look(), { server: "CLOSE", client: "CLOSE" });
  await listening.bind(["127.0.0.1", 0]);
  listening.listen();
  assert.deepEqual(states.look(), { server: "LISTEN", client: "CLOSE" });
  await client.connect(listening.getsockname());
  const [served] = await listening.accept();
  t.after(() => served.close());
  assert.deepEqual(states.look(), { server: "ESTABLISHED", client: "ESTABLISHED" });
  client.close();
  await reach(states, "CLOSE_WAIT", "FIN_WAIT2");
  served.close();
  await reach(states, "CLOSE", "TIME_WAIT");
  // A look may fall into the moment that a state lasts.
  const text = String(states).replace(/\((FIN_WAIT1|LAST_ACK)\)/g, "$1");
  assert.deepEqual(text.split("\n"), [
    "States of a TCP connection; not seen, but passed: in brackets",
    "server: CLOSE > LISTEN > (SYN_RECV) > ESTABLISHED > CLOSE_WAIT > LAST_ACK > CLOSE",
    "client: CLOSE > (SYN_SENT) > ESTABLISHED > FIN_WAIT1 > FIN_WAIT2 > TIME_WAIT",
  ]);
  const bundle = states[DISPLAY]();
  assert.equal(bundle["text/plain"], String(states));
  assert.match(String(bundle["image/svg+xml"]), /TIME_WAIT/);
});

test("a reset leaves neither end anything; the other end may be in another program", async (t) => {
  const python = new Python(t);
  const served = await connection(t, python);
  const states = tcpStates(served);
  assert.deepEqual(states.look(), { server: "ESTABLISHED", client: "ESTABLISHED" });
  served.setsockopt(SOL_SOCKET, SO_LINGER, { l_onoff: 1, l_linger: 0 });
  served.close();
  await reach(states, "CLOSE", "CLOSE");
  assert.equal(states.seen.server.join(), "ESTABLISHED,CLOSE");
});

test("tcpInfo says what the system counts", async (t) => {
  const [client, served] = await pair(t);
  await client.sendall("x".repeat(5000));
  while ((await served.recv(5000)).length === 5000) break;
  const info = tcpInfo(served);
  assert.ok(info);
  assert.equal(info.state, "ESTABLISHED");
  assert.equal(info.tcpi_state, 1);
  assert.equal(info.tcpi_bytes_received, 5000);
  assert.equal(info.tcpi_total_retrans, 0);
  const sent = tcpInfo(client);
  assert.ok(sent && sent.tcpi_rtt > 0 && sent.tcpi_segs_out >= 3 && sent.tcpi_snd_mss > 500);
  using datagrams = socket(undefined, SOCK_DGRAM);
  assert.throws(() => tcpInfo(datagrams), { syscall: "getsockopt" });
});

test("between two states lies the shortest way, or none", () => {
  const way = (...seen: State[]) =>
    [...passed(seen)].map(({ state, isSeen }) => (isSeen ? state : `(${state})`)).join(" ");
  assert.equal(way("LISTEN", "ESTABLISHED"), "LISTEN (SYN_RECV) ESTABLISHED");
  assert.equal(way("ESTABLISHED", "TIME_WAIT"), "ESTABLISHED (FIN_WAIT1) (FIN_WAIT2) TIME_WAIT");
  assert.equal(way("CLOSE_WAIT", "CLOSE"), "CLOSE_WAIT (LAST_ACK) CLOSE");
  assert.equal(way("ESTABLISHED", "CLOSE"), "ESTABLISHED CLOSE", "by a reset, or in order");
  assert.equal(way("CLOSE"), "CLOSE");
  const states = new Set([
    ...TRANSITIONS.map(([from]) => from),
    ...TRANSITIONS.map(([, to]) => to),
  ]);
  assert.equal(states.size, 11, "RFC 9293 has eleven states, CLOSED among them");
});
