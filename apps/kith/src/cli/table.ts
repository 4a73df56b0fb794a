/** Every command there is, as people see it: the help is made of this, and nothing else is understood. */
import type { CommandSpec } from "./parse.ts";

const upOptions = {
  name: { value: "NAME", summary: "your name, when the device is new" },
  port: { value: "N", summary: "port of the API (default 8888; 0: any)" },
  host: { value: "ADDRESS", summary: "address of the API (default 127.0.0.1)" },
  "peer-port": { value: "N", summary: "port for other devices (default 5484; 0: any)" },
  peer: {
    value: "HOST:PORT",
    repeatable: true,
    summary: "a device to call until it answers; may be repeated",
  },
  lan: { value: "on|off", summary: "look for devices on the local network (default on)" },
  history: {
    value: "DAYS",
    summary: "of spaces joined from now on keep the messages of so many days before (default: all)",
  },
  visible: { summary: "be seen by strangers nearby for 10 minutes" },
  "allow-origin": {
    value: "URL",
    repeatable: true,
    summary: "let a page of yours use the API; may be repeated",
  },
  "no-open": { summary: "open no browser" },
  // Named by the surface and still to come: told so in words, and left out of the help.
  hub: { value: "URL", summary: "" },
  tor: { value: "on|off", summary: "" },
  "passphrase-file": { value: "FILE", summary: "" },
} as const;

const inviteOptions = {
  role: { value: "ROLE", summary: "member or reader (default member)" },
  expires: { value: "TIME", summary: "such as 30m, 24h, 7d, or never (default 7d)" },
  uses: { value: "N", summary: "how many people may join by it (default 1)" },
  mode: { value: "MODE", summary: "gated: a member's device lets each one in (default)" },
} as const;

export const commands = [
  {
    name: "up",
    operands: [],
    options: upOptions,
    summary: "run the node; prints its address and a sign-in link",
  },
  { name: "open", operands: [], options: {}, summary: "print a fresh sign-in link" },
  { name: "status", operands: [], options: {}, summary: "what the node is doing" },
  { name: "peers", operands: [], options: {}, summary: "devices it is linked to" },
  { name: "doctor", operands: [], options: {}, summary: "look for what is wrong, and say what to try" },
  {
    name: "verify",
    operands: [],
    options: {},
    summary: "check all that is stored, also with no node running",
  },
  { name: "alias", operands: ["NAME"], options: {}, summary: "change your name" },
  {
    name: "space create",
    operands: ["NAME"],
    options: { kind: { value: "KIND", summary: "community or group (default community)" } },
    summary: "create a space",
  },
  { name: "space list", operands: [], options: {}, summary: "spaces you are in" },
  { name: "space rename", operands: ["SPACE", "NAME"], options: {}, summary: "give a space another name" },
  { name: "space leave", operands: ["SPACE"], options: {}, summary: "leave a space" },
  { name: "channel create", operands: ["SPACE", "NAME"], options: {}, summary: "create a channel" },
  { name: "members", operands: ["SPACE"], options: {}, summary: "who is in a space" },
  {
    name: "remove",
    operands: ["SPACE", "PERSON"],
    options: {},
    summary: "end a membership; the keys are new then",
  },
  {
    name: "role",
    operands: ["SPACE", "PERSON", "ROLE"],
    options: {},
    summary: "make a member owner, admin, member or reader",
  },
  { name: "invite", operands: ["SPACE"], options: inviteOptions, summary: "make an invite link" },
  { name: "join", operands: ["LINK"], options: {}, summary: "join a space by a link" },
  {
    name: "send",
    operands: ["SPACE/CHANNEL", "TEXT"],
    options: {},
    summary: "send a message; - reads lines from standard input",
  },
  { name: "tail", operands: ["[SPACE/CHANNEL]"], options: {}, summary: "print messages as they come" },
  {
    name: "sim run",
    operands: ["SCENARIO"],
    options: { seed: { value: "N", summary: "the run to replay (default 1)" } },
    summary: "run the same node code on a virtual clock with faults",
  },
  {
    name: "sim serve",
    operands: [],
    options: {
      devices: { value: "N", summary: "how many (default 3)" },
      port: { value: "N", summary: "port of the service (default 8890; 0: any)" },
      seed: { value: "N", summary: "decides who writes when (default 1)" },
    },
    summary: "run real nodes on a simulated network, steered over HTTP",
  },
  { name: "sim list", operands: [], options: {}, summary: "scenarios of the simulator" },
  {
    name: "reset",
    operands: [],
    options: { yes: { summary: "do not ask" } },
    summary: "forget everything and begin as a new device",
  },
] as const satisfies readonly CommandSpec[];

export type CommandName = (typeof commands)[number]["name"];
