import fc from "fast-check";

/** A property is tried with the same choices each time, so that a run can be repeated. `PROPERTY_SEED=7` makes others. */
fc.configureGlobal({ seed: Number(process.env["PROPERTY_SEED"] ?? 1) });
