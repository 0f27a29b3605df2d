import pg from "pg";

const { TIMESTAMPTZ } = pg.types.builtins;

/**
 * How `pg` reads values, but for times: its own way takes three times as long, and is most of what reading a row takes.
 */
export const databaseTypes: pg.CustomTypesConfig = {
  getTypeParser(id, format) {
    const known = pg.types.getTypeParser(id, format);
    if (id !== TIMESTAMPTZ || format === "binary") return known;
    return (text: string) => (isPlain(text) ? instant(text) : known(text));
  },
};

/** Whether it is a time in UTC with a year of four digits, and nothing like `infinity` or `0044-03-15 12:00:00+00 BC`. */
function isPlain(text: string): boolean {
  return text.length > 21 && text[4] === "-" && text.endsWith("+00");
}

/** The instant of a text such as `2026-11-21 12:00:00.123456+00`; what is beyond milliseconds is cut off. */
function instant(text: string): Date {
  return new Date(`${text.slice(0, 10)}T${text.slice(11, -3)}Z`);
}
