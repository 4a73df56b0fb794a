/** Two people come over an invitation for one, in two halves of a space that hear nothing of each other: one of them waits. */
import type { JoinRequest } from "@kith/contract";
import type { RunningKith } from "./kith-process.ts";

export interface OneTooMany {
  readonly waiting: JoinRequest;
  readonly newcomer: RunningKith;
  readonly link: string;
}

export async function until<Value>(ask: () => Promise<Value | null | false>): Promise<Value> {
  for (;;) {
    const value = await ask();
    if (value !== null && value !== false) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Ann is the owner of the space, Ben a member; Eva and Fay are to come. */
export async function comeOneTooMany(
  [ann, ben, eva, fay]: readonly [RunningKith, RunningKith, RunningKith, RunningKith],
  space: string,
): Promise<OneTooMany> {
  const { link, id } = await ann.client.createInvite(space);
  await until(async () => (await ben.client.invites(space)).items.some((invite) => invite.id === id));
  await ben.client.setOnline(false);
  await eva.client.join(link, { waitMs: 60_000 });
  for (const node of [ann, eva]) await node.client.setOnline(false);
  for (const node of [ann, ben])
    await until(async () => (await node.client.peers()).items.every(({ connected }) => !connected));
  await ben.client.setOnline(true);
  await fay.client.join(link, { waitMs: 60_000 });
  for (const node of [ann, eva]) await node.client.setOnline(true);
  const waiting = await until(async () => (await ann.client.joinRequests()).items[0] ?? null);
  const isEva = (await eva.client.status()).person === waiting.person;
  return { waiting, link, newcomer: isEva ? eva : fay };
}
