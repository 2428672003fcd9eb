// The peer that the benchmarks compare with: gRPC C++ with its callback API, answering what the others answer.

#include <absl/synchronization/mutex.h>
#include <grpcpp/alarm.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>

#include "echo.grpc.pb.h"

namespace {

using driveline::echo::v1::EchoService;
using driveline::echo::v1::LookupRequest;
using driveline::echo::v1::LookupResponse;

constexpr size_t kSkuMaximumBytes = 64;

void Fill(const LookupRequest& request, LookupResponse* response) {
  response->set_sku(request.sku());
  response->set_version(7);
  for (int index = 0; index < 3; index++) {
    auto* level = response->add_levels();
    level->set_location_id("WHS" + std::to_string(index + 1));
    level->set_on_hand(40 + index);
    level->set_reserved(1 + index);
  }
}

// Answers after a wait that occupies no thread. Lives until gRPC is done with the call.
class WaitingReactor final : public grpc::ServerUnaryReactor {
 public:
  explicit WaitingReactor(std::chrono::microseconds wait) {
    alarm_.Set(std::chrono::system_clock::now() + wait, [this](bool reached) {
      Finish(reached ? grpc::Status::OK : grpc::Status::CANCELLED);
    });
  }

  void OnDone() override { delete this; }

 private:
  grpc::Alarm alarm_;
};

class Service final : public EchoService::CallbackService {
  grpc::ServerUnaryReactor* Lookup(grpc::CallbackServerContext* context, const LookupRequest* request,
                                   LookupResponse* response) override {
    if (request->sku().empty() || request->sku().size() > kSkuMaximumBytes) {
      auto* reactor = context->DefaultReactor();
      reactor->Finish({grpc::StatusCode::INVALID_ARGUMENT, "sku"});
      return reactor;
    }
    Fill(*request, response);
    if (request->wait_microseconds() > 0) {
      return new WaitingReactor(std::chrono::microseconds(request->wait_microseconds()));
    }
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 1 && !(count == 3 && std::strcmp(arguments[1], "--port") == 0)) {
    std::cerr << "usage: grpc-server [--port PORT]\n";
    return 2;
  }
  // Debian's build looks for lock cycles at every lock, which is for debugging and would cost gRPC a tenth of its rate.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  const std::string address = "127.0.0.1:" + std::string(count == 3 ? arguments[2] : "0");
  int port = 0;
  Service service;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!server || port == 0) {
    std::cerr << "cannot listen on " << address << "\n";
    return 1;
  }
  std::cout << "listening on " << port << std::endl;
  server->Wait();
}
