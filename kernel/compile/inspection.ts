/** What Shift-Tab and `name?` show. */
import ts from "typescript";
import { withoutPlaces } from "./diagnostics";
import type { Converter } from "./typescript-for-tslab";

/**
 * Content of an inspect_reply: the type of the name at the position, or the signature of what is called there, and the
 * documentation comment; as Markdown too.
 *
 * @param folder where the notebook is
 */
export function inspection(
  converter: Converter,
  declarations: string,
  code: string,
  position: number,
  folder: string,
): object {
  const at = Math.max(0, Math.min(position, code.length));
  const info =
    converter.inspect(declarations, code, at) ??
    (at > 0 ? converter.inspect(declarations, code, at - 1) : undefined) ??
    converter.signature(declarations, code, at);
  if (!info) return { status: "ok", found: false, data: {}, metadata: {} };
  const type = withoutPlaces(ts.displayPartsToString(info.displayParts), folder);
  const documentation = ts.displayPartsToString(info.documentation);
  const tags = (info.tags ?? []).map(({ name, text }) =>
    `@${name} ${ts.displayPartsToString(text)}`.trim(),
  );
  return {
    status: "ok",
    found: true,
    data: {
      "text/plain": [type, documentation, ...tags].filter(Boolean).join("\n"),
      "text/markdown": [`\`\`\`typescript\n${type}\n\`\`\``, documentation, ...tags]
        .filter(Boolean)
        .join("\n\n"),
    },
    metadata: {},
  };
}
