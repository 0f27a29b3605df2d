"""A task as it is stored, and what goes in and out."""

from datetime import UTC, date, datetime
from enum import IntEnum
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Index, Text, text
from sqlmodel import Field, SQLModel


class Priority(IntEnum):
    VERY_IMPORTANT = 1
    HIGH = 2
    MEDIUM = 3
    LOW = 4


class Status(IntEnum):
    OPEN = 1
    COMPLETED = 2


def now() -> datetime:
    return datetime.now(UTC)


class TaskContent(SQLModel):
    title: str = Field(min_length=1, max_length=200)
    description: str = Field(default="", max_length=10_000)
    priority: Priority = Priority.MEDIUM
    tags: list[str] = Field(default_factory=list, max_length=20, sa_type=ARRAY(Text))
    due: date | None = None


class TaskPublic(TaskContent):
    id: UUID
    status: Status
    version: int
    create_time: datetime
    update_time: datetime
    complete_time: datetime | None


class TaskPage(SQLModel):
    tasks: list[TaskPublic]


class TaskChange(SQLModel):
    title: str | None = Field(default=None, min_length=1, max_length=200)
    description: str | None = Field(default=None, max_length=10_000)
    priority: Priority | None = None
    tags: list[str] | None = Field(default=None, max_length=20)
    due: date | None = None


class Task(TaskContent, table=True):
    __table_args__ = (Index("task_due", "user_id", "due", "id"),)

    # In the order of time, so that new rows stand side by side in the index.
    id: UUID | None = Field(
        default=None,
        primary_key=True,
        sa_column_kwargs={"server_default": text("uuidv7()")},
    )
    user_id: UUID
    status: Status = Status.OPEN
    version: int = 1
    create_time: datetime = Field(default_factory=now, sa_type=DateTime(timezone=True))
    update_time: datetime = Field(default_factory=now, sa_type=DateTime(timezone=True))
    complete_time: datetime | None = Field(
        default=None, sa_type=DateTime(timezone=True)
    )
