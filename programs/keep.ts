/**
 * KEEP, the protocol of lesson 09: a server that keeps texts under names, for many clients at once, and a client that
 * asks three times without waiting in between.
 *
 *     npx ts-node programs/keep.ts server localhost
 *     npx ts-node programs/keep.ts client localhost
 *
 * The port is 10900 unless `-p` says another; with 0 the system chooses one. Without a host, both halves use localhost. A
 * request is a line, `KEEP/1 PUT name length` with so many octets after it, or `KEEP/1 GET name`; a reply is
 * `KEEP/1 OK length` with as many, or `KEEP/1 ERROR` with what was wrong. A malformed request ends the connection.
 *
 * @module
 */
import {
  IncompleteReadError,
  LimitOverrunError,
  reader,
  type StreamReader,
} from "../helpers/reader";
import {
  AF_INET,
  Bytes,
  bytes,
  type InetAddress,
  SHUT_WR,
  SO_REUSEADDR,
  SOCK_STREAM,
  SOL_SOCKET,
  type Socket,
  socket,
} from "../helpers/socket";
import { exitOnSignal, readArguments, report, run } from "./command-line";

const LINE = 80;
const TEXT = 65_536;
/** How long the rest of a request may take that has begun. */
const SOON = { timeout: 1 };

const texts = new Map<string, string>();

class Malformed extends Error {}

function need(right: boolean, problem: string): void {
  if (!right) throw new Malformed(problem);
}

function parse(line: string): { verb: string; name: string; length: number } {
  const words = line.split(" ");
  const [version, verb, name, length = "0"] = words;
  need(version === "KEEP/1", "this server speaks KEEP/1");
  need(verb === "PUT" || verb === "GET", "PUT or GET");
  need(words.length === (verb === "PUT" ? 4 : 3), `too many or too few words for ${verb}`);
  need(/^[a-z]{1,20}$/.test(name), "name: 1 to 20 letters");
  need(/^\d{1,5}$/.test(length), "length: 1 to 5 digits");
  need(Number(length) <= TEXT, `at most ${TEXT} octets`);
  return { verb, name, length: Number(length) };
}

/** The reply to the next request; undefined where there is none. */
async function nextReply(requests: StreamReader): Promise<string | undefined> {
  const first = await requests.read(1);
  if (first.length === 0) return undefined;
  const rest = await requests.readuntil("\n", SOON);
  const line = Bytes.concat([first, rest]).decode();
  const { verb, name, length } = parse(line.slice(0, -1));
  if (verb === "PUT") {
    texts.set(name, (await requests.readexactly(length, SOON)).decode());
    return "KEEP/1 OK 0\n";
  }
  const text = texts.get(name);
  return text === undefined
    ? "KEEP/1 ERROR not kept\n"
    : `KEEP/1 OK ${bytes(text).length}\n${text}`;
}

/** What was wrong with a request; what is nobody's mistake is thrown on. */
function problem(error: unknown): string {
  if (error instanceof Malformed) return error.message;
  if (error instanceof LimitOverrunError) return `a line has ${LINE} octets at most`;
  if (error instanceof IncompleteReadError) return "cut off";
  if (error instanceof TypeError) return "not UTF-8";
  if (error instanceof Error && error.name === "TimeoutError") return "not within a second";
  throw error;
}

async function serve(connection: Socket): Promise<void> {
  using client = connection;
  const requests = reader(client, LINE);
  try {
    for (let reply = await nextReply(requests); reply; reply = await nextReply(requests)) {
      await client.sendall(reply);
    }
  } catch (error) {
    await client.sendall(`KEEP/1 ERROR ${problem(error)}\n`);
    client.shutdown(SHUT_WR);
    await forget(client);
  }
}

/**
 * Reads what comes after a mistake, for a second: if the connection were closed before, it would be reset, and the client
 * might lose its answer.
 */
async function forget(client: Socket): Promise<void> {
  const signal = AbortSignal.timeout(1000);
  const piece = () => client.recv(65_536, 0, { signal }).catch(() => bytes(""));
  while ((await piece()).length > 0);
}

async function server(address: InetAddress): Promise<void> {
  exitOnSignal();
  using sock = socket(AF_INET, SOCK_STREAM);
  sock.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
  await sock.bind(address);
  sock.listen();
  const [host, port] = sock.getsockname();
  console.log(`Listening at ('${host}', ${port})`);
  while (true) {
    const [connection] = await sock.accept();
    serve(connection).catch(report); // one client's trouble is not the next one's
  }
}

async function client(address: InetAddress): Promise<void> {
  using sock = socket(AF_INET, SOCK_STREAM);
  await sock.connect(address);
  const text = "café\nau lait";
  const put = `KEEP/1 PUT menu ${bytes(text).length}\n${text}`;
  await sock.sendall(`${put}KEEP/1 GET menu\nKEEP/1 GET moon\n`);
  sock.shutdown(SHUT_WR);
  const replies = reader(sock);
  for await (const line of replies) {
    const [, status, length] = `${line}`.trimEnd().split(" ");
    const kept = status === "OK" ? await replies.readexactly(Number(length)) : bytes("");
    console.log("The server said", line, kept);
  }
}

const usage = "server|client [HOST] [-p PORT]";
const {
  "server|client": half,
  HOST,
  PORT,
} = readArguments(usage, { HOST: "localhost", PORT: 10900 });
run(() => (half === "server" ? server([HOST, PORT]) : client([HOST, PORT])));
