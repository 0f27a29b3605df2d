import { Migration } from "@mikro-orm/migrations";
import { outboxTableSql } from "@todo/kit/event-tables";

/**
 * The tables of better-auth 1.7.5, named and shaped as its `getMigrations` asks, with the limits of our contract; its
 * text ids hold uuids of version 7. Then the outbox, and the walls between users.
 *
 * better-auth reads across users (by address, by session token), so its rows cannot be closed by default. They close as
 * soon as a transaction says for whom it works: with `app.user_id` set, only that user's rows exist.
 */
export class Accounts extends Migration {
  override up(): void {
    this.addSql(tables);
    this.addSql(outboxTableSql("identity"));
    for (const [table, owner] of owned) this.addSql(wall(table, owner));
    this.addSql(
      `grant select, insert, update, delete on identity.verification, identity.jwks to todo_identity`,
    );
  }
}

const tables = `
create table identity."user" (
  "id" text not null primary key,
  "name" text not null check (char_length("name") <= 100),
  "email" text not null unique check (char_length("email") <= 254),
  "emailVerified" boolean not null,
  "image" text check (char_length("image") <= 2048),
  "createdAt" timestamptz default current_timestamp not null,
  "updatedAt" timestamptz default current_timestamp not null,
  "zone" text not null check (char_length("zone") between 1 and 64),
  "locale" text not null check (char_length("locale") between 2 and 35)
);
create table identity."session" (
  "id" text not null primary key,
  "expiresAt" timestamptz not null,
  "token" text not null unique,
  "createdAt" timestamptz default current_timestamp not null,
  "updatedAt" timestamptz not null,
  "ipAddress" text,
  "userAgent" text,
  "userId" text not null references identity."user" ("id") on delete cascade
);
create index "session_userId_idx" on identity."session" ("userId");
create table identity."account" (
  "id" text not null primary key,
  "accountId" text not null,
  "providerId" text not null,
  "userId" text not null references identity."user" ("id") on delete cascade,
  "accessToken" text,
  "refreshToken" text,
  "idToken" text,
  "accessTokenExpiresAt" timestamptz,
  "refreshTokenExpiresAt" timestamptz,
  "scope" text,
  "password" text,
  "createdAt" timestamptz default current_timestamp not null,
  "updatedAt" timestamptz not null
);
create index "account_userId_idx" on identity."account" ("userId");
create table identity."verification" (
  "id" text not null primary key,
  "identifier" text not null,
  "value" text not null,
  "expiresAt" timestamptz not null,
  "createdAt" timestamptz default current_timestamp not null,
  "updatedAt" timestamptz default current_timestamp not null
);
create index "verification_identifier_idx" on identity."verification" ("identifier");
create table identity."jwks" (
  "id" text not null primary key,
  "publicKey" text not null,
  "privateKey" text not null,
  "createdAt" timestamptz not null,
  "expiresAt" timestamptz,
  "alg" text,
  "crv" text
);`;

const owned = [
  [`"user"`, `"id"`],
  [`"session"`, `"userId"`],
  [`"account"`, `"userId"`],
] as const;

function wall(table: string, owner: string): string {
  return `
grant select, insert, update, delete on identity.${table} to todo_identity;
alter table identity.${table} enable row level security;
create policy own_rows on identity.${table} to todo_identity
  using (coalesce(current_setting('app.user_id', true), '') in ('', ${owner}));`;
}
