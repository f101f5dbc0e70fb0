using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.Json;

namespace GifShare.ApiFrontend.Http;

/// <summary>Applies the strict JSON rules of <see cref="GifShareJson"/> to everything that endpoints bind or return.</summary>
public static class Json
{
    public static IServiceCollection AddStrictJson(this IServiceCollection services)
    {
        services.Configure<JsonOptions>(static options => Configure(options.SerializerOptions));
        // Binding errors throw, and ExceptionMiddleware maps them to problem details that name the member.
        services.Configure<RouteHandlerOptions>(static options => options.ThrowOnBadRequest = true);
        return services;
    }

    private static void Configure(JsonSerializerOptions options)
    {
        options.PropertyNameCaseInsensitive = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        options.MaxDepth = 16;
        // ASP.NET's default leaves < and > unescaped; escaped, no text becomes markup where a response is shown as HTML.
        options.Encoder = JavaScriptEncoder.Default;
        options.Converters.Add(new UtcMillisecondsConverter());
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        options.TypeInfoResolverChain.Insert(0, GifShareJson.Default);
    }
}
