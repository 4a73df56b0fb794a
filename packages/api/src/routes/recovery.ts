/** Routes about getting a person back. Spec: identity, ID46-ID60; http, HT85-HT89. */
import { Readable } from "node:stream";
import {
  backupReport,
  backupUpload,
  checkBackup,
  checkWords,
  makeBackup,
  recovery,
  recoveryWords,
  restore,
  restored,
} from "@kith/contract";
import { z } from "zod";
import { answers } from "../app.ts";
import type { App, RouteContext } from "../app.ts";
import { BackupDesk } from "../backups.ts";
import type { BackupPlace } from "../backups.ts";
import { ApiFault } from "../fault.ts";
import { toBackupReport, toRecovery } from "../translate.ts";

/** What a backup is sent as, and comes as. */
const FILE_TYPE = "application/octet-stream";

export function addRecoveryRoutes(app: App, context: RouteContext & { readonly backups: BackupPlace }): void {
  addWordRoutes(app, context);
  const desk = new BackupDesk(context.backups);
  addBackupRoutes(app, context, desk);
  addRestoreRoute(app, context, desk);
}

function addWordRoutes(app: App, { service }: RouteContext): void {
  app.get(
    "/api/recovery",
    {
      config: { scope: "read" },
      schema: {
        summary: "What would bring this person back",
        tags: ["recovery"],
        response: answers({ 200: recovery }),
      },
    },
    () => toRecovery(service.recovery()),
  );

  app.post(
    "/api/recovery/words",
    {
      config: { scope: "admin" },
      schema: {
        summary: "Show the 24 recovery words",
        description: "Whoever has them is this person. Shown, and kept nowhere else.",
        tags: ["recovery"],
        response: answers({ 200: recoveryWords }),
      },
    },
    () => ({ words: [...service.recoveryWords()] }),
  );

  app.post(
    "/api/recovery/check",
    {
      config: { scope: "admin" },
      schema: {
        summary: "Prove that the recovery words are written down",
        description:
          "By three of them at least, of the caller's choice. 409 WORDS_WRONG names the wrong places.",
        tags: ["recovery"],
        body: checkWords,
        response: answers({ 200: recovery }),
      },
    },
    async ({ body }) => toRecovery(await service.checkRecoveryWords(body.words)),
  );

  app.post(
    "/api/recovery/forget",
    {
      config: { scope: "admin" },
      schema: {
        summary: "Take the recovery words off this node",
        description:
          "Once they were checked. Whoever takes this node can then not become the person elsewhere; a backup needs a passphrase from then on, and restoring it the words.",
        tags: ["recovery"],
        response: answers({ 200: recovery }),
      },
    },
    async () => toRecovery(await service.forgetRoot()),
  );

  app.post(
    "/api/recovery/dismiss",
    {
      config: { scope: "admin" },
      schema: {
        summary: "Do not remind of recovery any more",
        tags: ["recovery"],
        response: answers({ 200: recovery }),
      },
    },
    async () => toRecovery(await service.dismissRecovery()),
  );
}

function addBackupRoutes(app: App, { service }: RouteContext, desk: BackupDesk): void {
  app.post(
    "/api/backup",
    {
      config: { scope: "admin" },
      schema: {
        summary: "Make an encrypted backup",
        description:
          "The file, as it is made: what this person may read, with its keys. An answer that ends early is no backup: check it.",
        tags: ["recovery"],
        body: makeBackup.prefault({}),
        response: answers({ 200: z.string().meta({ description: FILE_TYPE }) }),
      },
    },
    async ({ body }, reply) => {
      const pieces = service.backup(body)[Symbol.asyncIterator]();
      // What is refused is refused before the answer has begun.
      const first = await pieces.next();
      const file = async function* (): AsyncGenerator<Uint8Array> {
        for (let next = first; next.done !== true; next = await pieces.next()) yield next.value;
      };
      return reply
        .header("content-disposition", 'attachment; filename="kith.backup"')
        .type(FILE_TYPE)
        .send(Readable.from(file(), { objectMode: false, highWaterMark: 65_536 }) as never);
    },
  );

  app.post(
    "/api/backup/uploads",
    {
      config: { scope: "admin" },
      schema: {
        summary: "Bring a backup to the node, to be checked or restored",
        description: `The file as the body, as ${FILE_TYPE}. One is kept at a time, for an hour, as it is: encrypted.`,
        tags: ["recovery"],
        response: answers({ 201: backupUpload }),
      },
    },
    async ({ body }, reply) => {
      if (!(body instanceof Readable))
        throw new ApiFault(
          "MEDIA_TYPE",
          "a backup is sent as it is",
          `send it with Content-Type: ${FILE_TYPE}`,
        );
      return reply.code(201).send(await desk.take(body));
    },
  );

  app.post(
    "/api/backup/check",
    {
      config: { scope: "admin" },
      schema: {
        summary: "Open a backup and verify all that is in it",
        description: "Nothing is written. Without passphrase and words it is tried with this node's own.",
        tags: ["recovery"],
        body: checkBackup,
        response: answers({ 200: backupReport }),
      },
    },
    async ({ body: { upload, ...secrets } }) =>
      toBackupReport(await service.checkBackup(desk.open(upload), secrets)),
  );
}

function addRestoreRoute(
  app: App,
  { service, backups }: RouteContext & { readonly backups: BackupPlace },
  desk: BackupDesk,
): void {
  app.post(
    "/api/restore",
    {
      config: { scope: "admin" },
      schema: {
        summary: "Bring a person back on this node, which is in no space",
        description:
          "By the words alone: it is a new device of their person, and comes into spaces by another device of theirs, or any invitation. By an uploaded backup: with all that the backup holds; the node starts anew right after the answer. What fails leaves the node as it was.",
        tags: ["recovery"],
        body: restore,
        response: answers({ 200: restored }),
      },
    },
    async ({ body: { upload, ...secrets } }, reply) => {
      service.assertEmpty();
      if (upload === undefined) {
        await service.restoreWords(secrets.words ?? "");
        return { person: service.status().person, backup: null, restarting: false };
      }
      const report = await backups.restore(desk.open(upload), secrets);
      await desk.clear();
      // The caller hears the answer before the node goes down.
      reply.raw.once("close", backups.onRestored);
      return { person: report.person, backup: toBackupReport(report), restarting: true };
    },
  );
}
