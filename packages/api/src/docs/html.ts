/** Text laid into a page: everything that is put between the parts of a template is escaped, but for what is markup already. */

export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Markup | readonly Part[] | null;

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function layOut(part: Part): string {
  if (part === null) return "";
  if (part instanceof Markup) return part.text;
  if (typeof part === "object") return part.map(layOut).join("");
  return String(part).replaceAll(/[&<>"']/g, (sign) => entities[sign] ?? sign);
}

/** For text and for attributes in double quotes. */
export function markup(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(
    texts.map((text, index) => `${index > 0 ? layOut(parts[index - 1] ?? null) : ""}${text}`).join(""),
  );
}
