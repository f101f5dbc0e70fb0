using System.Text.Json.Nodes;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using GifShare.Http.Tests.Http;

namespace GifShare.Http.Tests.Auth;

/// <summary>
/// Who gets what from each documented operation. Roles: anonymous, another user, a guest with the link, another user with the link, the owner.
/// Expected: a status; <c>ok</c> is any 2xx; <c>pwd</c> is a refusal of the password in the body, which is looked at only when access was given.
/// </summary>
public sealed class AccessMatrixTests(ConventionsProduct product) : IClassFixture<ConventionsProduct>
{
    private const string Id = "/v1/collections/{id}";

    /// <summary>A shared collection with one linked gif and a link, all the owner's. Anonymous and other have made the link's token up.</summary>
    private static readonly string[] Shared =
    [
        "POST /v1/users                              ok  ok  ok  ok  ok",
        "POST /v1/users/restore                      401 401 401 401 401",
        "GET /v1/users/me                            401 ok  401 ok  ok",
        "PATCH /v1/users/me                          401 ok  401 ok  ok",
        "DELETE /v1/users/me                         401 pwd 401 pwd pwd",
        "PUT /v1/users/me/password                   401 pwd 401 pwd pwd",
        "PUT /v1/users/me/avatar                     401 415 401 415 415",
        "DELETE /v1/users/me/avatar                  401 ok  401 ok  ok",
        "GET /v1/users/{username}                    ok  ok  ok  ok  ok",
        "GET /v1/users/{username}/collections        ok  ok  ok  ok  ok",
        "POST /v1/sessions                           401 401 401 401 401",
        "POST /v1/sessions/refresh                   401 401 401 401 401",
        "GET /v1/sessions                            401 ok  401 ok  ok",
        "DELETE /v1/sessions/current                 401 ok  401 ok  ok",
        "DELETE /v1/sessions/{id}                    401 404 401 404 ok",
        "POST /v1/media                              401 ok  401 ok  ok",
        "GET /v1/media/{id}                          404 404 404 404 ok",
        "GET /v1/media/{id}/parts                    401 404 401 404 ok",
        "POST /v1/media/{id}/complete                401 404 401 404 409",
        "DELETE /v1/media/{id}                       401 404 401 404 ok",
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
        "POST /v1/shared/{token}/unlock              404 404 ok  ok  ok",
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
                if (!Fits(cells[2 + role], reply))
                    failures.Add($"{operation} as {Roles[role]}: expected {cells[2 + role]}, got {reply.StatusCode} {reply.Text[..Math.Min(200, reply.Text.Length)]}");
                if (reply.StatusCode >= 400)
                    reply.IsProblem();
            }
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    private static bool Fits(string expected, Answer answer) => expected switch
    {
        "ok" => answer.IsSuccess,
        "pwd" => answer is { StatusCode: 401, Code: "invalid_credentials" },
        _ => answer.StatusCode == int.Parse(expected),
    };

    /// <summary>An owner with a collection, and someone else.</summary>
    private sealed class Scene(ConventionsProduct product, ApiClient owner, ApiClient other, string collection, string gif, string link, string token, string session, string media) : IDisposable
    {
        public static async Task<Scene> Make(ConventionsProduct product, string visibility)
        {
            var owner = await ApiClient.RegisterAsync(product.Address);
            var other = await ApiClient.RegisterAsync(product.Address);
            var collection = await owner.NewCollectionAsync(visibility);
            var gif = await owner.AddNewGifAsync(collection);
            var link = await owner.NewLinkAsync(collection);
            var session = (string)(await owner.GetAsync("/v1/sessions"))["items"]![0]!["id"]!;
            var media = (await owner.PostAsync("/v1/media", new JsonObject { ["fileName"] = "a.gif", ["contentType"] = "image/gif", ["size"] = 10 })).IsDone()["media"]!["id"];
            return new(product, owner, other, collection, gif, (string)link["id"]!, (string)link["token"]!, session, (string)media!);
        }

        public async Task<Answer> Send(ApiOperation operation, string role)
        {
            var caller = role switch { "owner" => owner, "other" or "holder" => other, _ => owner.As(null) };
            var known = role is "guest" or "holder" or "owner" ? token : "AAAAAAAAAAAAAAAAAAAAAA";
            var id = operation.ToString().Contains("/gifs/", StringComparison.Ordinal) ? gif
                : operation.ToString().Contains("/media/", StringComparison.Ordinal) ? media
                : operation.ToString().Contains("/sessions/", StringComparison.Ordinal) ? session : collection;
            var path = operation.Template.Replace("{id}", id).Replace("{gifId}", gif).Replace("{linkId}", link).Replace("{token}", known).Replace("{username}", owner.Username);
            var query = operation.HasQuery("via") && known == token ? "?via=" + token : operation.ToString() == "GET /v1/trash" ? "?type=gif" : "";
            // "Sign out here" would end what the other roles sign in with.
            using var person = operation.ToString() == "DELETE /v1/sessions/current" && caller.Token is not null ? await ApiClient.RegisterAsync(product.Address) : null;
            return await (person ?? caller).SendAsync(operation.Method, path + query, Body(operation));
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
            "POST /v1/gifs" => $$"""{"url":"https://media.example.org/{{Guid.NewGuid():N}}.gif","width":10,"height":10,"provider":"example"}""",
            "POST /v1/media" => """{"fileName":"a.gif","contentType":"image/gif","size":10}""",
            "POST /v1/media/{id}/complete" => """{"parts":[{"number":1,"etag":"0"}]}""",
            "POST /v1/users" => ApiClient.Registration("u" + Guid.NewGuid().ToString("N")[..12]).ToJsonString(),
            _ => operation.ValidBody(),
        };
    }
}
