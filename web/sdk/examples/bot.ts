// A bot that answers "!roll" in the lobby, for Node 18 and later. Bundle and run it:
//   npx esbuild sdk/examples/bot.ts --bundle --platform=node --format=esm --outfile=bot.mjs \
//     --alias:@netherlink/client=./sdk/src/index.ts --alias:@netherlink/client/node=./sdk/src/node.ts
//   BOT_NAME=dice BOT_PASSWORD=... node bot.mjs
import { Client, NetherLinkError } from "@netherlink/client";
import { nodeEnvironment } from "@netherlink/client/node";

const { BOT_SERVER: url = "http://127.0.0.1:8080", BOT_NAME = "dice", BOT_PASSWORD = "" } = process.env;
const client = new Client({ url, catchUp: Number.POSITIVE_INFINITY, environment: nodeEnvironment() });

try {
  await client.register({ username: BOT_NAME, password: BOT_PASSWORD });
} catch (error) {
  if (!(error instanceof NetherLinkError) || error.code !== "user.name_taken") throw error;
  await client.login(BOT_NAME, BOT_PASSWORD);
}

client.timeline("world").events.on("message", (message) => {
  if (message.sender_id === client.user?.id || message.content !== "!roll") return;
  const content = `🎲 ${1 + Math.floor(Math.random() * 6)}`;
  client.send({ conversation: message.conversation_id, content, replyTo: message });
});

await client.start();
console.log(`${BOT_NAME} listens`);
