/**
 * The client's part of the conversation with an echo server.
 *
 * @module
 */
import { bytes, type Socket } from "../helpers/socket";

const MESSAGE = bytes("This is the message.  It will be repeated.");

/**
 * Sends the message of the text and reads it back, 16 octets at a time.
 *
 * @throws Error where the server closes before all of it has come back
 */
export async function exchange(sock: Socket<number>): Promise<void> {
  console.log(`sending ${MESSAGE}`);
  await sock.sendall(MESSAGE);
  for (let received = 0; received < MESSAGE.length; ) {
    const data = await sock.recv(16);
    if (data.length === 0) {
      throw new Error(`the server closed after ${received} of ${MESSAGE.length} octets`);
    }
    console.log(`received ${data}`);
    received += data.length;
  }
}
