/** A name that stands for a value in deploy/dapr. */
export const placeholder = (name: string): string => `\${${name}}`;
