/** Routes about people apart from any one space. Spec: identity, ID42. */
import { personParams, safetyNumber, verification, verifyPerson } from "@kith/contract";
import { groupSafetyNumber } from "@kith/core";
import encodeQr from "qr";
import { z } from "zod";
import { answers } from "../app.ts";
import type { App, RouteContext } from "../app.ts";
import { ApiFault } from "../fault.ts";
import { toVerification } from "../translate.ts";
import type { VerificationInfo } from "@kith/node";

export function addPeopleRoutes(app: App, { service }: RouteContext): void {
  app.get(
    "/api/people/:person/safety-number",
    {
      config: { scope: "read" },
      schema: {
        summary: "The safety number with a person",
        description:
          "By id or unambiguous name. Compare it with what the person's own device shows, by voice or face to face: if all digits agree, nobody stands between the two of you.",
        tags: ["people"],
        params: personParams,
        response: answers({ 200: safetyNumber }),
      },
    },
    ({ params }) => withForms(service.safetyNumber(params.person)),
  );

  app.get(
    "/api/people/:person/verification",
    {
      config: { scope: "read" },
      schema: {
        summary: "Whether a person is known to be who one thinks",
        description:
          "By id or unambiguous name: the safety number as digits, words and image, whether it was compared, and what has happened since.",
        tags: ["people"],
        params: personParams,
        response: answers({ 200: verification }),
      },
    },
    ({ params }) => show(service.verification(params.person)),
  );

  app.put(
    "/api/people/:person/verification",
    {
      config: { scope: "manage" },
      schema: {
        summary: "Say that the safety number was compared, and agrees",
        description:
          "With what was seen on the other's device it is compared here: 409 NUMBER_DIFFERS where it is another. Kept on this node alone.",
        tags: ["people"],
        params: personParams,
        body: verifyPerson.prefault({}),
        response: answers({ 200: verification }),
      },
    },
    async ({ params, body }) => show(await service.verifyPerson(params.person, body.seen)),
  );

  app.delete(
    "/api/people/:person/verification",
    {
      config: { scope: "manage" },
      schema: {
        summary: "Take that back",
        tags: ["people"],
        params: personParams,
        response: answers({ 200: verification }),
      },
    },
    async ({ params }) => show(await service.withdrawVerification(params.person)),
  );

  app.get(
    "/api/people/:person/avatar",
    {
      config: { scope: "read" },
      schema: {
        summary: "A person's picture",
        description:
          "By id. A PNG, JPEG or WebP image as its owner gave it: show it as an image, and as nothing else.",
        tags: ["people"],
        params: personParams,
        response: answers({ 200: z.any().meta({ description: "image/png, image/jpeg, image/webp" }) }),
      },
    },
    async ({ params }, reply) => {
      const image = service.avatar(params.person);
      if (image === null)
        throw new ApiFault("UNKNOWN_AVATAR", "that person has no picture", "show their initials");
      return (
        reply
          .type(image.type)
          // Whatever is in it, opened by itself it runs nothing.
          .header("content-security-policy", "default-src 'none'; sandbox")
          .header("x-content-type-options", "nosniff")
          .send(Buffer.from(image.bytes))
      );
    },
  );
}

const show = (info: VerificationInfo) => withForms(toVerification(info));

/** With what people read out and what their devices read. */
function withForms<Number extends { readonly digits: string }>(number: Number) {
  const groups = groupSafetyNumber(number.digits).split(" ");
  return { ...number, groups, qr: encodeQr(number.digits, "svg") };
}
