/** The tags that everybody is offered, in the order in which they are shown (R005). */
export const predefinedTags: readonly string[] = [
  "Work",
  "Personal",
  "Shopping",
  "Health",
  "Finance",
  "Learning",
  "Urgent",
];

export function isPredefined(tag: string): boolean {
  return predefinedTags.includes(tag);
}

/** A tag as it is kept: what looks alike is one (Unicode NFC). */
export function tagOf(text: string): string {
  return text.normalize("NFC");
}

/** Tags as they are kept, each once. */
export function tagsOf(texts: readonly string[]): string[] {
  return [...new Set(texts.map(tagOf))];
}
