import { CreateRecurrence } from "../migrations/20261121180000_create_recurrence.ts";
import { ResumeParked } from "../migrations/20261121190500_resume_parked.ts";
import { PutOffLook } from "../migrations/20261121191000_put_off_look.ts";
import { FollowInstants } from "../migrations/20261121203000_follow_instants.ts";
import { ForgetEnded } from "../migrations/20261121210000_forget_ended.ts";
import { ShareLanes } from "../migrations/20261121212000_share_lanes.ts";

/** Every migration, oldest first. */
export const migrations = [
  { name: "20261121180000_create_recurrence", migration: CreateRecurrence },
  { name: "20261121190500_resume_parked", migration: ResumeParked },
  { name: "20261121191000_put_off_look", migration: PutOffLook },
  { name: "20261121203000_follow_instants", migration: FollowInstants },
  { name: "20261121210000_forget_ended", migration: ForgetEnded },
  { name: "20261121212000_share_lanes", migration: ShareLanes },
];
