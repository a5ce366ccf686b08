"""The API as one application."""

from console.api.application import PREFIX, ROUTERS, api_application


def test_every_operation_has_its_own_name() -> None:
    document = api_application().openapi()
    names = [it["operationId"] for path in document["paths"].values() for it in path.values()]
    assert len(names) == len(set(names)) == sum(len(router.routes) for router in ROUTERS)


def test_everything_is_below_the_prefix() -> None:
    assert all(path.startswith(PREFIX + "/") for path in api_application().openapi()["paths"])


def test_every_operation_names_its_refusals() -> None:
    for path in api_application().openapi()["paths"].values():
        for operation in path.values():
            (content,) = operation["responses"]["4XX"]["content"].values()
            assert content["schema"] == {"$ref": "#/components/schemas/Problem"}


def test_no_documentation_is_served() -> None:
    app = api_application()
    assert (app.docs_url, app.redoc_url, app.openapi_url) == (None, None, None)
