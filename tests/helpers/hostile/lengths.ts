/**
 * Lengths, counts and flags that are none.
 *
 * @module
 */
import assert from "node:assert/strict";
import { MSG_DONTWAIT, MSG_PEEK } from "../../../helpers/socket";
import {
  BAD_LENGTHS,
  type Case,
  close,
  collect,
  NOT_INTEGERS,
  NOT_NUMBERS,
  pair,
  refused,
  show,
  survived,
  untyped,
  works,
} from "./case";

export const cases: Record<string, Case> = {
  async "recv of a bad length takes nothing"() {
    const [near, far] = await pair();
    await far.sendall("precious");
    for (const length of BAD_LENGTHS)
      await refused(() => untyped(near, "recv", length), show(length));
    for (const length of BAD_LENGTHS)
      await refused(() => untyped(near, "recvfrom", length), show(length));
    await refused(() => untyped(near, "recv"), "no length");
    assert.equal((await near.recv(100)).decode(), "precious");
    await works([near, far]);
    close(near, far);
  },

  async "recv of a huge length gives what there is or refuses"() {
    const [near, far] = await pair();
    for (const length of [2 ** 24, 2 ** 28, 2 ** 30, 2 ** 31 - 1]) {
      await far.sendall("there");
      const result = await survived(() => near.recv(length));
      const data = result instanceof Error ? await near.recv(100) : (result as Uint8Array);
      assert.equal(Buffer.from(data).toString(), "there", `length ${length}`);
    }
    close(near, far);
  },

  async "recvInto writes into its view and nowhere else"() {
    const [near, far] = await pair();
    const ground = new Uint8Array(4096).fill(7);
    const views = [
      new Uint8Array(ground.buffer, 1000, 16),
      new Uint16Array(ground.buffer, 1000, 8),
      new Float64Array(ground.buffer, 1000, 2),
      new DataView(ground.buffer, 1000, 16),
      Buffer.from(ground.buffer, 1000, 16),
    ];
    for (const view of views) {
      for (const count of [17, 4096, ...BAD_LENGTHS.filter((each) => each !== null)]) {
        await far.sendall("x".repeat(64));
        const result = await survived(() => untyped(near, "recvInto", view, count));
        const taken = typeof result === "number" ? result : 0;
        assert.ok(taken <= 16, `${taken} octets for ${show(count)} into 16`);
        let left = 64 - taken;
        while (left > 0) left -= (await near.recv(left)).length;
        assert.ok(
          ground.every((octet, index) => octet === 7 || (index >= 1000 && index < 1016)),
          show(count),
        );
        ground.fill(7);
      }
      await far.sendall("0123456789abcdef");
      assert.equal(await near.recvInto(view, 16), 16);
      assert.equal(Buffer.from(ground.buffer, 1000, 16).toString(), "0123456789abcdef");
      ground.fill(7);
    }
    await works([near, far]);
    close(near, far);
  },

  async "a view that lies about itself is not believed"() {
    class Liar extends Uint8Array {
      override get byteLength(): number {
        return 2 ** 30;
      }
      override get length(): number {
        return 2 ** 30;
      }
      override get byteOffset(): number {
        return 2 ** 20;
      }
      override get buffer(): ArrayBuffer {
        return new ArrayBuffer(2 ** 30);
      }
    }
    const [near, far] = await pair();
    await far.sendall(Buffer.alloc(60_000, "x"));
    const result = await survived(() => near.recvInto(new Liar(8)));
    const taken = typeof result === "number" ? result : 0;
    assert.ok(taken <= 8, `${taken} octets into 8`);
    let left = 60_000 - taken;
    while (left > 0) left -= (await near.recv(left)).length;
    const sent = await survived(() => near.send(new Liar(8), MSG_DONTWAIT));
    if (typeof sent === "number") {
      assert.ok(sent <= 8, `${sent} octets sent of 8`);
      assert.equal((await far.recv(100)).length, sent);
    }
    collect();
    await works([near, far]);
    close(near, far);
  },

  async "flags that are no flags"() {
    const [near, far] = await pair();
    await far.sendall("precious");
    for (const flags of [
      ...NOT_INTEGERS,
      2 ** 32,
      2 ** 32 + MSG_PEEK,
      ...NOT_NUMBERS.filter((each) => each !== null),
    ]) {
      await refused(() => untyped(near, "recv", 4, flags), show(flags));
      await refused(() => untyped(near, "send", "x", flags), show(flags));
    }
    assert.equal((await near.recv(100)).decode(), "precious");
    await works([near, far]);
    close(near, far);
  },
};
