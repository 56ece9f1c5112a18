/**
 * A chat: what one client writes, a line at a time, all the others read, until Ctrl-C.
 *
 *     npx ts-node programs/chat.ts localhost 10805
 *     nc localhost 10805
 *
 * The first line that a client sends is its name. Whatever sends and shows lines can take part: `nc`, `telnet`, a few
 * lines of Python. With port 0 the system chooses one.
 *
 * Nobody waits for a slow reader. What one does not read waits in the buffers of the two systems, then in the memory of
 * this program, up to a limit; who lets it grow beyond that is cut off. Who says much at once is slowed down, lest the
 * others seem slow. More clients than there are places for wait in the line of the listening socket. On Ctrl-C nobody is
 * let in any more, and all have two seconds to take what was said. Beware: who says nothing keeps its place for ever.
 *
 * @module
 */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import {
  AF_INET,
  bytes,
  SHUT_WR,
  SO_REUSEADDR,
  SO_SNDBUF,
  SOCK_STREAM,
  SOL_SOCKET,
  type Socket,
  socket,
} from "../helpers/socket";
import { readArguments, report, run } from "./command-line";

/** How many may be in the chat at once. */
const PLACES = 100;

/** How many more may wait for a place. */
const WAITING_ROOM = 20;

/** Octets after which a line is one, though it does not end. */
const LONGEST_LINE = 1024;

/** Octets that may wait in this program for one client to read them, and in the system to be sent to it. */
const MOST_UNREAD = 2 ** 16;

/** Milliseconds from one line of a client to its next. Meanwhile the systems keep what it says, and let it wait. */
const PAUSE = 20;

/** Milliseconds that clients have to take what was said when the server is told to stop. */
const GRACE = 2000;

/** A client. It has no name yet until it has said one. */
class Member {
  name = "";
  /** Octets that the system has not taken yet. */
  #unread = 0;
  /** When it has taken all of them. */
  #told = Promise.resolve();

  constructor(readonly sock: Socket) {}

  /** Sends a line, and does not wait until there is room for it. */
  tell(text: string): void {
    const line = bytes(`${text}\n`);
    this.#unread += line.length;
    if (this.#unread > MOST_UNREAD) this.#cutOff();
    this.#told = this.sock.sendall(line).then(
      () => {
        this.#unread -= line.length;
      },
      () => {}, // a connection that is broken off ends the loop that receives, too
    );
  }

  #cutOff(): void {
    if (this.sock.fileno() !== -1) console.log(`${this.name} does not read, and is cut off`);
    this.sock.close();
  }

  /** Says a last word. A client that closes then has had all that was said. */
  async dismiss(text: string): Promise<void> {
    this.tell(text);
    await this.#told;
    if (this.sock.fileno() !== -1) this.sock.shutdown(SHUT_WR);
  }
}

const members = new Set<Member>();

function tellAll(text: string, except?: Member): void {
  for (const member of members) if (member.name !== "" && member !== except) member.tell(text);
}

/** The lines that come, without what would move the cursor or change the colours of a terminal. */
async function* lines(sock: Socket): AsyncGenerator<string> {
  let text = Buffer.alloc(0);
  for (let data = await sock.recv(1024); data.length > 0; data = await sock.recv(1024)) {
    text = Buffer.concat([text, data]);
    while (true) {
      const end = text.indexOf("\n");
      if (end < 0 && text.length < LONGEST_LINE) break;
      const length = end < 0 ? LONGEST_LINE : Math.min(end, LONGEST_LINE);
      yield text.toString("utf8", 0, length).replaceAll(/\p{C}/gu, "");
      text = text.subarray(length === end ? end + 1 : length);
    }
  }
}

async function converse(member: Member): Promise<void> {
  members.add(member);
  try {
    member.tell("* what is your name?");
    for await (const line of lines(member.sock)) {
      if (member.name !== "") tellAll(`${member.name}: ${line}`, member);
      else enter(member, line.trim());
      await sleep(PAUSE);
    }
  } catch (error) {
    if (member.sock.fileno() !== -1) report(error); // one client's trouble is not the others'
  } finally {
    members.delete(member);
    member.sock.close();
    if (member.name !== "") tellAll(`* ${member.name} has left`);
  }
}

/** Gives a client its name: some text, and nobody else's. */
function enter(member: Member, name: string): void {
  const names = [...members].map((other) => other.name);
  if (names.includes(name)) {
    member.tell("* another name, please");
    return;
  }
  member.name = name;
  member.tell(`* here are: ${names.filter(Boolean).join(", ") || "nobody else"}`);
  tellAll(`* ${name} is here`, member);
}

async function main(): Promise<void> {
  const { HOST, PORT } = readArguments("HOST PORT");
  using listener = socket(AF_INET, SOCK_STREAM);
  listener.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
  listener.setsockopt(SOL_SOCKET, SO_SNDBUF, MOST_UNREAD); // the sockets that accept returns have it as well
  await listener.bind([HOST, PORT]);
  const [numericHost, ownPort] = listener.getsockname();
  console.log(`starting up on ${HOST || numericHost} port ${ownPort}`);
  listener.listen(WAITING_ROOM);
  console.log("waiting for a connection");

  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.abort());
  const stopped = once(stop.signal, "abort");
  const conversations = new Set<Promise<void>>();
  while (!stop.signal.aborted) {
    if (conversations.size >= PLACES) await Promise.race([stopped, ...conversations]);
    else await letIn(listener, conversations, stop.signal);
  }
  listener.close();
  for (const member of members) void member.dismiss("* the chat is over").catch(report);
  await Promise.race([Promise.all(conversations), sleep(GRACE, undefined, { ref: false })]);
  for (const { sock } of members) sock.close();
}

/** Accepts one client, and does not wait until it has left. */
async function letIn(
  listener: Socket,
  conversations: Set<Promise<void>>,
  signal: AbortSignal,
): Promise<void> {
  try {
    const [sock, clientAddress] = await listener.accept({ signal });
    console.log("connection from", clientAddress);
    const conversation = converse(new Member(sock)).finally(() =>
      conversations.delete(conversation),
    );
    conversations.add(conversation);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

run(main);
