"""Five operations on tasks, as FastAPI and SQLModel want them written."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated
from uuid import UUID

from database import engine, make_tables, open_session
from fastapi import Depends, FastAPI, Header, HTTPException, Query
from models import (
    Status,
    Task,
    TaskChange,
    TaskContent,
    TaskPage,
    TaskPublic,
    now,
)
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    await make_tables()
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)

Session = Annotated[AsyncSession, Depends(open_session)]
# Who asks is taken on trust.
User = Annotated[UUID, Header(alias="x-user-id")]


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/tasks", response_model=TaskPublic)
async def create_task(content: TaskContent, user: User, session: Session) -> Task:
    task = Task(**content.model_dump(), user_id=user)
    session.add(task)
    await session.commit()
    return task


@app.get("/tasks/{task_id}", response_model=TaskPublic)
async def get_task(task_id: UUID, user: User, session: Session) -> Task:
    own = select(Task).where(Task.id == task_id, Task.user_id == user)
    return found((await session.exec(own)).one_or_none())


@app.get("/tasks", response_model=TaskPage)
async def list_tasks(
    user: User,
    session: Session,
    status: Status = Status.OPEN,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> dict[str, object]:
    page = (
        select(Task)
        .where(Task.user_id == user, Task.status == status)
        .order_by(col(Task.due), col(Task.id))
        .limit(limit)
    )
    return {"tasks": (await session.exec(page)).all()}


@app.patch("/tasks/{task_id}", response_model=TaskPublic)
async def update_task(
    task_id: UUID, change: TaskChange, user: User, session: Session
) -> Task:
    task = await locked(session, user, task_id)
    task.sqlmodel_update(change.model_dump(exclude_unset=True))
    return await saved(session, task)


@app.post("/tasks/{task_id}/complete", response_model=TaskPublic)
async def complete_task(task_id: UUID, user: User, session: Session) -> Task:
    task = await locked(session, user, task_id)
    if task.status == Status.COMPLETED:
        return task
    task.status = Status.COMPLETED
    task.complete_time = now()
    return await saved(session, task)


async def locked(session: AsyncSession, user: UUID, task_id: UUID) -> Task:
    own = select(Task).where(Task.id == task_id, Task.user_id == user)
    return found((await session.exec(own.with_for_update())).one_or_none())


async def saved(session: AsyncSession, task: Task) -> Task:
    task.version += 1
    task.update_time = now()
    await session.commit()
    return task


def found(task: Task | None) -> Task:
    if task is None:
        raise HTTPException(status_code=404, detail="there is no such task")
    return task
