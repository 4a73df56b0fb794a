/** Routes about this node: health, status, name, peers, checks, reset. */
import {
  changeMe,
  connectPeer,
  deviceStatus,
  doctorReport,
  health,
  me,
  parseAddress,
  peerConnected,
  peerDisconnected,
  peerList,
  peerParams,
  resetAnswer,
  status,
  verifyReport,
} from "@kith/contract";
import { changeMyself } from "../change-myself.ts";
import { answers } from "../app.ts";
import type { App, RouteContext } from "../app.ts";
import { ApiFault } from "../fault.ts";
import { toMe, toPeer, toStatus } from "../translate.ts";

export function addDeviceRoutes(app: App, { service, auth, onReset }: RouteContext): void {
  app.get(
    "/health",
    {
      config: { scope: null },
      schema: {
        summary: "Whether the node answers",
        tags: ["node"],
        security: [],
        response: answers({ 200: health }),
      },
    },
    () => ({ status: "ok" as const }),
  );

  app.get(
    "/api/status",
    {
      config: { scope: "read" },
      schema: { summary: "What this node is doing", tags: ["node"], response: answers({ 200: status }) },
    },
    () => toStatus(service.status()),
  );

  app.get(
    "/api/me",
    {
      config: { scope: "read" },
      schema: { summary: "Who this node is", tags: ["node"], response: answers({ 200: me }) },
    },
    () => toMe(service.status(), service.profile()),
  );

  app.patch(
    "/api/me",
    {
      config: { scope: "admin" },
      schema: {
        summary: "Change the name or who may see this device nearby",
        tags: ["node"],
        body: changeMe,
        response: answers({ 200: me }),
      },
    },
    async ({ body }) => {
      await changeMyself(service, body);
      return toMe(service.status(), service.profile());
    },
  );

  app.post(
    "/api/device-status",
    {
      config: { scope: "admin" },
      schema: {
        summary: "Take this node off the network and back",
        tags: ["node"],
        body: deviceStatus,
        response: answers({ 200: deviceStatus }),
      },
    },
    async ({ body }) => service.setOnline(body.online),
  );

  app.get(
    "/api/peers",
    {
      config: { scope: "read" },
      schema: {
        summary: "Devices seen and connected",
        tags: ["peers"],
        response: answers({ 200: peerList }),
      },
    },
    () => ({ items: service.peers().map(toPeer), next: null }),
  );

  app.post(
    "/api/peers/connect",
    {
      config: { scope: "admin" },
      schema: {
        summary: "Connect to an address",
        tags: ["peers"],
        body: connectPeer,
        response: answers({ 200: peerConnected }),
      },
    },
    async ({ body }) => {
      const address = parseAddress(body.address);
      if (address === null)
        throw new ApiFault("BAD_INPUT", "address is not HOST:PORT", "correct it and send the request again");
      await service.connectPeer(address);
      return { address: body.address };
    },
  );

  app.post(
    "/api/peers/:id/disconnect",
    {
      config: { scope: "admin" },
      schema: {
        summary: "Close the connection to a device",
        tags: ["peers"],
        params: peerParams,
        response: answers({ 200: peerDisconnected }),
      },
    },
    async ({ params }) => {
      await service.disconnectPeer(params.id);
      return { id: params.id };
    },
  );

  app.get(
    "/api/verify",
    {
      config: { scope: "read" },
      schema: {
        summary: "Check every stored event again, from its bytes",
        tags: ["checks"],
        response: answers({ 200: verifyReport }),
      },
    },
    async (_request, reply) => {
      // A reader that went away need not have everything checked.
      const gone = new AbortController();
      reply.raw.once("close", () => gone.abort());
      const report = await service.verify({ signal: gone.signal });
      return {
        ...report,
        problems: report.problems.map((problem) => ({ ...problem })),
        roots: report.roots.map((root) => ({ ...root })),
      };
    },
  );

  app.get(
    "/api/doctor",
    {
      config: { scope: "read" },
      schema: {
        summary: "Find out what is wrong, with a next step each",
        tags: ["checks"],
        response: answers({ 200: doctorReport }),
      },
    },
    async () => {
      const checks = await service.doctor();
      return {
        ok: checks.every((check) => check.status !== "bad"),
        items: checks.map((check) => ({ ...check })),
        next: null,
      };
    },
  );

  app.post(
    "/api/reset",
    {
      config: { scope: "admin" },
      schema: {
        summary: "Forget everything on this node and begin as a new one",
        description:
          "Its identity, spaces, messages and tokens are gone from here for good. Others keep what they have and are not told.",
        tags: ["node"],
        response: answers({ 202: resetAnswer }),
      },
    },
    async ({ headers }, reply) => {
      // The gate has let in a cookie where there is no token. A token is void afterwards, and is to open nothing any more.
      const signIn = headers.authorization === undefined ? auth.drawSignIn() : null;
      // The caller hears the answer before the node goes down.
      reply.raw.once("close", () => onReset(signIn));
      return reply.code(202).send({ resetting: true, signIn: signIn && `/sign-in?code=${signIn.code}` });
    },
  );
}
