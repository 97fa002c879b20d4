// A bot that answers "!roll" in the lobby. Bundle and run it:
//   npx esbuild sdk/examples/bot.ts --bundle --platform=node --format=esm --alias:@netherlink/client=./sdk/src/index.ts --outfile=bot.mjs
//   BOT_NAME=dice BOT_PASSWORD=... node bot.mjs           (Node 22, which has a WebSocket)
import { Client, NetherLinkError } from "@netherlink/client";

const { NETHERLINK_URL: url = "http://127.0.0.1:8080", BOT_NAME = "dice", BOT_PASSWORD = "" } = process.env;
const client = new Client({ url, catchUp: Number.POSITIVE_INFINITY });

try {
  await client.register({ username: BOT_NAME, password: BOT_PASSWORD });
} catch (error) {
  if (!(error instanceof NetherLinkError) || error.code !== "user.name_taken") throw error;
  await client.login(BOT_NAME, BOT_PASSWORD);
}

client.timeline("world").events.on("message", (message) => {
  if (message.sender_id === client.user?.id || message.content !== "!roll") return;
  client.send({
    conversation: message.conversation_id,
    content: `🎲 ${1 + Math.floor(Math.random() * 6)}`,
    replyTo: message,
  });
});

await client.start();
console.log(`${BOT_NAME} listens`);
