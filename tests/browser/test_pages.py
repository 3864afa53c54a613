"""Pages in a real browser: what works without a script, and what one's own page does with the key."""

import re

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.browser.conftest import resource
from tests.component.gateway.conftest import GATHERING, REGISTRATION
from tests.component.gateway.doubles import Owners

PHONE = {"width": 360, "height": 740}


def complaints(page: Page) -> list[str]:
    """Whatever the browser refused or failed to run; that somebody has no ticket is none of it."""
    found: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error" and "ticket.svg" not in message.location["url"]:
            found.append(message.text)

    page.on("console", heard)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


async def test_somebody_registers_without_any_script(browser: Browser, site: str) -> None:
    context = await browser.new_context(java_script_enabled=False, locale="en-GB")
    page = await context.new_page()
    await page.goto(f"{site}/g/{GATHERING}")
    await page.get_by_role("link", name="Register").click()
    await page.get_by_label("Name").fill("Ilkka Nykänen")
    await page.get_by_label("E-mail address").fill("ilkka@example.org")
    await page.get_by_role("radio", name="Online").check()
    await page.get_by_label("I agree").check()
    await page.get_by_role("button", name="Send registration").click()
    await expect(page.get_by_role("heading", name="Your registration")).to_be_visible()
    await expect(page.get_by_text("Confirmed")).to_be_visible()
    link = await page.get_by_role("link", name="Open my page").get_attribute("href")
    assert link is not None
    assert re.fullmatch(r"/r/[a-z0-9]{32}#[\w-]+\.[\w-]+\.[\w-]+", link)
    await context.close()


async def test_an_invitation_s_code_is_filled_in_from_the_link(context: BrowserContext, site: str) -> None:
    page = await context.new_page()
    found = complaints(page)
    await page.goto(f"{site}/g/{GATHERING}/register#invitation=INV-42")
    await expect(page.get_by_label("Invitation code")).to_have_value("INV-42")
    assert "INV-42" not in page.url
    assert found == []


async def test_one_s_own_page_shows_status_diary_and_desks(context: BrowserContext, site: str, key: str) -> None:
    page = await context.new_page()
    found = complaints(page)
    await page.goto(f"{site}/r/{REGISTRATION}#{key}")
    await expect(page.get_by_role("heading", name="Main part")).to_be_visible()
    await expect(page.get_by_text("Confirmed")).to_be_visible()
    await expect(page.get_by_role("link", name="Join the livestream")).to_have_attribute(
        "href", re.compile("^/v1/join/")
    )
    await expect(page.get_by_text("Opening")).to_be_visible()
    await expect(page.get_by_text("28 March 2099 at 12:00").first).to_be_visible()
    await expect(page.get_by_role("heading", name="Ada Expert")).to_be_visible()
    assert found == []


async def test_one_s_own_page_books_a_meeting(context: BrowserContext, site: str, key: str) -> None:
    page = await context.new_page()
    await page.goto(f"{site}/r/{REGISTRATION}#{key}")
    await page.get_by_label("What would you like to talk about?").fill("Cluster policy")
    async with page.expect_response(f"**/v1/gatherings/{GATHERING}/bookings") as answered:
        await page.get_by_role("button", name="Book").click()
    answer = await answered.value
    assert answer.status == 201


async def test_cancelling_asks_first(context: BrowserContext, site: str, key: str, owners: Owners) -> None:
    page = await context.new_page()
    await page.goto(f"{site}/r/{REGISTRATION}#{key}")
    await page.get_by_role("button", name="Cancel my registration").click()
    await page.get_by_role("button", name="Keep it").click()
    await expect(page.get_by_role("dialog")).to_be_hidden()
    owners.says("GET", f"/v1/registrations/{REGISTRATION}", 200, resource(REGISTRATION, "cancelled"))
    await page.get_by_role("button", name="Cancel my registration").click()
    async with page.expect_response("**/cancellation") as answered:
        await page.get_by_role("button", name="Yes, cancel").click()
    assert (await answered.value).status in {200, 201}
    await expect(page.get_by_role("alert")).to_have_text("Your registration was cancelled.")
    await expect(page.get_by_text("Cancelled", exact=True)).to_be_visible()


async def test_without_the_key_the_page_says_how_to_get_in(context: BrowserContext, site: str) -> None:
    page = await context.new_page()
    await page.goto(f"{site}/r/{REGISTRATION}")
    await expect(page.get_by_role("alert")).to_contain_text("Open this page by the link in your mail")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_pages_fit_a_phone_and_run_nothing_inline(browser: Browser, site: str, key: str, scheme: str) -> None:
    dark = scheme == "dark"
    context = await browser.new_context(viewport=PHONE, color_scheme="dark" if dark else "light")  # type: ignore[arg-type]
    shows = {
        "/problems/invalid-json": "Invalid json",
        f"/g/{GATHERING}": "Spring forum",
        f"/g/{GATHERING}/register": "Register",
        f"/r/{REGISTRATION}#{key}": "Ada Expert",
    }
    for path, heading in shows.items():
        page = await context.new_page()
        found = complaints(page)
        await page.goto(site + path)
        await expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
        assert found == [], path
        await page.close()
    await context.close()
