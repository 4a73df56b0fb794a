/**
 * Who somebody is, and who is in a private channel: each field is a call of the REST surface, checked by the same
 * schema and needing the same scope. Spec: http, HT77; identity, ID42.
 */
import { channelMemberParams, channelParams, personParams, verifyPerson } from "@kith/contract";
import { groupSafetyNumber } from "@kith/core";
import type { SafetyNumber as SafetyNumberInfo } from "@kith/node";
import encodeQr from "qr";
import { toMember, toVerification } from "../translate.ts";
import { check } from "./builder.ts";
import type { Builder } from "./builder.ts";
import { call } from "./mutations.ts";
import type { Objects } from "./objects.ts";

type VerificationAnswer = ReturnType<typeof toVerification>;

function addTypes(b: Builder, o: Objects) {
  const SafetyNumber = b.objectRef<SafetyNumberInfo>("SafetyNumber").implement({
    fields: (t) => ({
      person: t.exposeID("person"),
      name: t.exposeString("name"),
      digits: t.exposeString("digits", { description: "60, the same on every device of either." }),
      groups: t.stringList({ resolve: ({ digits }) => groupSafetyNumber(digits).split(" ") }),
      qr: t.string({ description: "An SVG image.", resolve: ({ digits }) => encodeQr(digits, "svg") }),
    }),
  });
  const Doubt = b.objectRef<VerificationAnswer["doubts"][number]>("Doubt").implement({
    description: "What only the person can explain.",
    fields: (t) => ({
      reason: t.exposeString("reason", { description: "another-root, device-suspended or restored." }),
      other: t.exposeID("other", {
        nullable: true,
        description: "The person who was verified under that name.",
      }),
      device: t.exposeID("device", { nullable: true }),
      at: t.exposeString("at"),
    }),
  });
  const Verification = b.objectRef<VerificationAnswer>("Verification").implement({
    fields: (t) => ({
      person: t.exposeID("person"),
      name: t.exposeString("name"),
      digits: t.exposeString("digits", { description: "The safety number." }),
      groups: t.stringList({ resolve: ({ digits }) => groupSafetyNumber(digits).split(" ") }),
      words: t.exposeStringList("words", { description: "The same as 18 words." }),
      qr: t.string({ description: "An SVG image.", resolve: ({ digits }) => encodeQr(digits, "svg") }),
      state: t.expose("state", { type: o.VerificationState }),
      verified: t.exposeString("verified", {
        nullable: true,
        description: "When it was last compared, from this node.",
      }),
      doubts: t.expose("doubts", { type: [Doubt] }),
    }),
  });
  return { SafetyNumber, Verification };
}

export function addPeople(b: Builder, o: Objects): void {
  const types = addTypes(b, o);

  b.queryFields((t) => {
    const person = () => t.arg.id({ required: true, description: "Id or unambiguous name." });
    return {
      safetyNumber: t.field({
        type: types.SafetyNumber,
        args: { person: person() },
        resolve: (_, args, { service }) => ({ ...service.safetyNumber(check(personParams, args).person) }),
      }),
      verification: t.field({
        type: types.Verification,
        description: "Whether a person is known to be who one thinks.",
        args: { person: person() },
        resolve: (_, args, { service }) =>
          toVerification(service.verification(check(personParams, args).person)),
      }),
      channelMembers: t.field({
        type: [o.Member],
        description: "Who is in a channel; of an open one everybody in the space.",
        args: { space: t.arg.id({ required: true }), channel: t.arg.id({ required: true }) },
        resolve(_, args, { service }) {
          const { space, channel } = check(channelParams, args);
          return service.channelMembers(space, channel).map(toMember);
        },
      }),
    };
  });

  b.mutationFields((t) => {
    const id = () => t.arg.id({ required: true });
    return {
      verifyPerson: t.field({
        type: types.Verification,
        description: "Say that the safety number was compared, and agrees. Kept on this node alone.",
        args: {
          person: id(),
          seen: t.arg.string({
            description: "What the other's device shows, to be compared here; left out: compared by eye.",
          }),
        },
        resolve: call("manage", personParams.extend(verifyPerson.shape), async (input, { service }) =>
          toVerification(await service.verifyPerson(input.person, input.seen)),
        ),
      }),
      withdrawVerification: t.field({
        type: types.Verification,
        args: { person: id() },
        resolve: call("manage", personParams, async (input, { service }) =>
          toVerification(await service.withdrawVerification(input.person)),
        ),
      }),
      addChannelMember: t.boolean({
        description: "To a private channel. Its whole history comes with it.",
        args: { space: id(), channel: id(), person: id() },
        resolve: call("manage", channelMemberParams, async (input, { service }) => {
          await service.addChannelMember(input.space, input.channel, input.person);
          return true;
        }),
      }),
      removeChannelMember: t.boolean({
        description:
          "From a private channel; of oneself: leave it. The channel has new keys when it answers.",
        args: { space: id(), channel: id(), person: id() },
        resolve: call("manage", channelMemberParams, async (input, { service }) => {
          await service.removeChannelMember(input.space, input.channel, input.person);
          return true;
        }),
      }),
    };
  });
}
