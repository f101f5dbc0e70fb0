using System.Text.Json.Nodes;
using GifShare.ApiFrontend.Tests.Accounts;
using GifShare.Fixtures;

namespace GifShare.ApiFrontend.Tests.Conventions;

/// <summary>
/// Who gets what from each documented operation. Roles: anonymous, another user, a guest with the link, another user with the link, the owner.
/// Expected: a status; <c>ok</c> is any 2xx; <c>in</c> is anything that is no refusal of access (neither 401, 403, 404 nor a 5xx).
/// </summary>
public sealed class AccessMatrixTests(ConventionsProduct product) : IClassFixture<ConventionsProduct>
{
    private const string Id = "/v1/collections/{id}";

    /// <summary>A shared collection with one linked gif and a link, all the owner's. Anonymous and other have made the link's token up.</summary>
    private static readonly string[] Shared =
    [
        "POST /v1/users                              in  in  in  in  in",
        "POST /v1/users/restore                      401 401 401 401 401",
        "GET /v1/users/me                            401 ok  401 ok  ok",
        "PATCH /v1/users/me                          401 ok  401 ok  ok",
        "DELETE /v1/users/me                         401 in! 401 in! in!",
        "PUT /v1/users/me/password                   401 in! 401 in! in!",
        "PUT /v1/users/me/avatar                     401 in  401 in  in",
        "DELETE /v1/users/me/avatar                  401 ok  401 ok  ok",
        "GET /v1/users/{username}                    ok  ok  ok  ok  ok",
        "GET /v1/users/{username}/collections        ok  ok  ok  ok  ok",
        "POST /v1/sessions                           401 401 401 401 401",
        "POST /v1/sessions/refresh                   401 401 401 401 401",
        "GET /v1/sessions                            401 ok  401 ok  ok",
        "DELETE /v1/sessions/current                 401 ok  401 ok  ok",
        "DELETE /v1/sessions/{id}                    401 404 401 404 ok",
        "POST /v1/gifs                               401 ok  401 ok  ok",
        "GET /v1/gifs/{id}                           404 404 ok  ok  ok",
        "PATCH /v1/gifs/{id}                         401 404 401 404 ok",
        "DELETE /v1/gifs/{id}                        401 404 401 404 ok",
        "POST /v1/gifs/{id}/restore                  401 404 401 404 ok",
        "PUT /v1/favorites/{gifId}                   401 404 401 ok  ok",
        "DELETE /v1/favorites/{gifId}                401 ok  401 ok  ok",
        "GET /v1/favorites                           401 ok  401 ok  ok",
        "GET /v1/favorites/filter                    401 ok  401 ok  ok",
        "GET /v1/favorites/among                     401 ok  401 ok  ok",
        "GET /v1/trash                               401 ok  401 ok  ok",
        "POST /v1/collections                        401 ok  401 ok  ok",
        "GET /v1/collections                         401 ok  401 ok  ok",
        $"GET {Id}                                   404 404 404 404 ok",
        $"PATCH {Id}                                 401 404 401 404 ok",
        $"DELETE {Id}                                401 404 401 404 ok",
        $"POST {Id}/restore                          401 404 401 404 ok",
        $"PUT {Id}/like                              401 404 401 404 ok",
        $"DELETE {Id}/like                           401 404 401 404 ok",
        $"POST {Id}/copy                             401 404 401 404 ok",
        $"GET {Id}/download                          404 404 404 404 ok",
        $"GET {Id}/items                             404 404 404 404 ok",
        $"POST {Id}/items                            401 404 401 404 ok",
        $"PATCH {Id}/items/{{gifId}}                 401 404 401 404 ok",
        $"DELETE {Id}/items/{{gifId}}                401 404 401 404 ok",
        $"POST {Id}/items/{{gifId}}/restore          401 404 401 404 ok",
        $"POST {Id}/items/batch                      401 404 401 404 ok",
        $"POST {Id}/links                            401 404 401 404 ok",
        $"GET {Id}/links                             401 404 401 404 ok",
        $"PATCH {Id}/links/{{linkId}}                401 404 401 404 ok",
        $"DELETE {Id}/links/{{linkId}}               401 404 401 404 ok",
        "GET /v1/shared/{token}                      404 404 ok  ok  ok",
        "GET /v1/shared/{token}/items                404 404 ok  ok  ok",
        "POST /v1/shared/{token}/unlock              404 404 in! in! in!",
        "PUT /v1/shared/{token}/like                 401 404 401 ok  ok",
        "DELETE /v1/shared/{token}/like              401 404 401 ok  ok",
        "POST /v1/shared/{token}/copy                401 404 401 ok  ok",
        "GET /v1/shared/{token}/download             404 404 ok  ok  ok",
    ];

    /// <summary>The same with a public collection: what others may see but not do is 403.</summary>
    private static readonly string[] Public =
    [
        "GET /v1/gifs/{id}                           ok  ok  ok  ok  ok",
        "PATCH /v1/gifs/{id}                         401 403 401 403 ok",
        "DELETE /v1/gifs/{id}                        401 403 401 403 ok",
        "PUT /v1/favorites/{gifId}                   401 ok  401 ok  ok",
        $"GET {Id}                                   ok  ok  ok  ok  ok",
        $"PATCH {Id}                                 401 403 401 403 ok",
        $"DELETE {Id}                                401 403 401 403 ok",
        $"PUT {Id}/like                              401 ok  401 ok  ok",
        $"DELETE {Id}/like                           401 ok  401 ok  ok",
        $"POST {Id}/copy                             401 ok  401 ok  ok",
        $"GET {Id}/download                          ok  ok  ok  ok  ok",
        $"GET {Id}/items                             ok  ok  ok  ok  ok",
        $"POST {Id}/items                            401 403 401 403 ok",
        $"PATCH {Id}/items/{{gifId}}                 401 403 401 403 ok",
        $"DELETE {Id}/items/{{gifId}}                401 403 401 403 ok",
        $"POST {Id}/items/batch                      401 403 401 403 ok",
        $"POST {Id}/links                            401 403 401 403 ok",
        $"GET {Id}/links                             401 403 401 403 ok",
        $"PATCH {Id}/links/{{linkId}}                401 403 401 403 ok",
        $"DELETE {Id}/links/{{linkId}}               401 403 401 403 ok",
    ];

    private static readonly string[] Roles = ["anonymous", "other", "guest", "holder", "owner"];

    [Fact]
    public async Task Every_documented_operation_stands_in_the_matrix()
    {
        var documented = (await ApiDocument.LoadAsync(product.Address, TestContext.Current.CancellationToken)).Operations.Select(o => o.ToString()).Order();
        Assert.Equal(documented, Shared.Select(row => string.Join(' ', row.Split(' ')[..2])).Order());
    }

    [Fact]
    public Task Of_a_shared_collection_each_gets_what_is_theirs() => Check(Shared, "shared");

    [Fact]
    public Task Of_a_public_collection_others_see_all_and_change_nothing() => Check(Public, "public");

    private async Task Check(string[] matrix, string visibility)
    {
        var reference = await ApiDocument.LoadAsync(product.Address, TestContext.Current.CancellationToken);
        var failures = new List<string>();
        foreach (var row in matrix)
        {
            var cells = row.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var operation = reference.Operations.SingleOrDefault(o => o.ToString() == $"{cells[0]} {cells[1]}");
            if (operation is null)
            {
                failures.Add($"{cells[0]} {cells[1]} is not documented");
                continue;
            }

            using var scene = await Scene.Make(product, visibility);
            for (var role = 0; role < Roles.Length; role++)
            {
                var reply = await scene.Send(operation, Roles[role]);
                if (!Fits(cells[2 + role], reply.Code))
                    failures.Add($"{operation} as {Roles[role]}: expected {cells[2 + role]}, got {reply.Code} {reply.Text[..Math.Min(200, reply.Text.Length)]}");
                if (reply.Code >= 400)
                    reply.IsProblem();
            }
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    private static bool Fits(string expected, int code) => expected switch
    {
        "ok" => code is >= 200 and < 300,
        "in" => code is < 500 and not (401 or 403 or 404),
        // A wrong password in the body is 401 as well.
        "in!" => code is < 500 and not (403 or 404),
        _ => code == int.Parse(expected),
    };

    /// <summary>An owner with a collection, and someone else.</summary>
    private sealed class Scene(ConventionsProduct product, Person owner, Person other, string collection, string gif, string link, string token, string session) : IDisposable
    {
        public static async Task<Scene> Make(ConventionsProduct product, string visibility)
        {
            var owner = await Person.Register(product.Address);
            var other = await Person.Register(product.Address);
            using var wire = product.NewWire(owner.Access);
            var collection = await Made(wire, "/v1/collections", new() { ["name"] = "Cats", ["visibility"] = visibility });
            var item = await Made(wire, $"/v1/collections/{collection["id"]}/items", new()
            {
                ["url"] = $"https://media.example.org/{Guid.NewGuid():N}.gif",
                ["width"] = 10,
                ["height"] = 10,
                ["provider"] = "example",
            });
            var link = await Made(wire, $"/v1/collections/{collection["id"]}/links", []);
            var session = (await wire.Send("GET", "/v1/sessions")).Json!["items"]![0]!["id"]!;
            return new(product, owner, other, (string)collection["id"]!, (string)item["gif"]!["id"]!, (string)link["id"]!, (string)link["token"]!, (string)session!);
        }

        public async Task<Reply> Send(ApiOperation operation, string role)
        {
            var bearer = role switch { "owner" => owner.Access, "other" or "holder" => other.Access, _ => null };
            var known = role is "guest" or "holder" or "owner" ? token : "AAAAAAAAAAAAAAAAAAAAAA";
            var id = operation.ToString().Contains("/gifs/", StringComparison.Ordinal) ? gif
                : operation.ToString().Contains("/sessions/", StringComparison.Ordinal) ? session : collection;
            var path = operation.Template.Replace("{id}", id).Replace("{gifId}", gif).Replace("{linkId}", link).Replace("{token}", known).Replace("{username}", owner.Username);
            var query = operation.HasQuery("via") && known == token ? "?via=" + token : operation.ToString() == "GET /v1/trash" ? "?type=gif" : "";
            // "Sign out here" would end what the other roles sign in with.
            var person = operation.ToString() == "DELETE /v1/sessions/current" && bearer is not null ? await Person.Register(product.Address) : null;
            using var wire = product.NewWire(person?.Access ?? bearer);
            return await wire.Send(operation.Method, path + query, Body(operation));
        }

        public void Dispose()
        {
            owner.Dispose();
            other.Dispose();
        }

        private string? Body(ApiOperation operation) => operation.ToString() switch
        {
            "POST /v1/collections/{id}/items" => new JsonObject { ["gifId"] = gif }.ToJsonString(),
            "POST /v1/collections/{id}/items/batch" => new JsonObject { ["move"] = new JsonObject { ["gifIds"] = new JsonArray(gif) } }.ToJsonString(),
            _ => operation.ValidBody(),
        };

        private static async Task<JsonObject> Made(Wire wire, string path, JsonObject body)
        {
            var reply = await wire.Send("POST", path, body.ToJsonString());
            Assert.True(reply.Code == 201, reply.Text);
            return reply.Json!.AsObject();
        }
    }
}
