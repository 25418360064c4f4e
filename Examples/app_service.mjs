#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
//
// The app service of the "simple model service" tutorial: sends a text to the model service every 30 seconds and tells
// how long the vector is. Node 18 or newer, no packages.
//
//   node Examples/app_service.mjs "Hello model!"
//   MODEL_SERVICE_URL=http://model:80 node Examples/app_service.mjs --once "Hello model!"

const url = process.env.MODEL_SERVICE_URL ?? "http://127.0.0.1:8080";
// Where the server takes several, the first is as good as any.
const key = process.env.EMBEDDER_API_KEY?.split(",")[0].trim();
const runsOnce = process.argv.includes("--once");
const text = process.argv.slice(2).find((argument) => argument !== "--once") ?? "Hello model!";
const interval = 30_000;

async function askOnce() {
  const headers = { "Content-Type": "application/json", ...(key && { "X-API-Key": key }) };
  try {
    const response = await fetch(`${url}/embed`, { method: "POST", headers, body: JSON.stringify({ text }) });
    if (response.ok) {
      const vector = await response.json();
      console.log(`Received a vector of length ${vector.length}`);
    } else {
      console.log(`Error: ${response.status}`);
    }
    return response.ok;
  } catch (error) {
    // The service may still be starting: the next round tries again.
    console.log(`Error: ${error.cause?.code ?? error.message}`);
    return false;
  }
}

if (runsOnce) {
  process.exitCode = (await askOnce()) ? 0 : 1;
} else {
  for (;;) {
    await askOnce();
    await new Promise((resolve) => setTimeout(resolve, interval));
  }
}
