import { Migration } from "@mikro-orm/migrations";

/** What manages sessions and the account itself is for the person alone: no personal access token can be given it. */
export class Sessions extends Migration {
  override up(): void {
    this.addSql(`alter table identity.token add constraint token_scopes_of_person
      check (array_to_string(scopes, ' ') !~ '(^| )(sessions|account):')`);
  }
}
