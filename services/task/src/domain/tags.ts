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
